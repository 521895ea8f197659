"""Suites written into a folder, and their results."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import run_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n"

Judged = Callable[..., list[Result]]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """``judged(spec, **files)``: the results of a suite with this spec; files are named by ``__`` for ``.``."""

    def run(spec: str, **files: str) -> list[Result]:
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(textwrap.dedent(text))
        suite = tmp_path / "a.kubegate.yaml"
        suite.write_text(HEAD + textwrap.indent(textwrap.dedent(spec), "  "))
        return list(run_suite(suite))

    return run
