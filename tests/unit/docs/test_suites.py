"""docs/suites.md: the suites that it shows hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kubegate.testing.running.runner import run_suite

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "suites.md").read_text(encoding="utf-8")
SUITES = re.findall(r"```yaml\n(apiVersion: testing\.kubegate\.dev/.*?)```", PAGE, re.DOTALL)


def test_there_is_one_for_every_stage() -> None:
    assert len(SUITES) == 4


@pytest.mark.parametrize("text", SUITES)
def test_it_holds(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.kubegate.yaml"
    file.write_text(text)
    results = list(run_suite(file))
    assert results
    assert [(result.name, result.failure) for result in results if not result.passed] == []
