"""The policies that ship: every case of their suites holds, and the suites say much about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kubegate.bundle.load import load
from kubegate.cli.test import command

FOLDER = Path(__file__).parents[2] / "policies"
SUITES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.kubegate.yaml"))


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_holds_and_misses_little(suite: str) -> None:
    """Each for itself, so that a thorough one makes up for no careless one."""
    arguments = [str(FOLDER / suite), "--coverage-min", "95", "--mutation-min", "80", "-j", "1"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert (result.exception, result.return_value) == (None, 0), result.output


def test_every_policy_has_a_suite() -> None:
    """A manifest without a suite beside it would be tested by nobody."""
    assert {path.parent for path in FOLDER.rglob("*.yaml")} == {(FOLDER / suite).parent for suite in SUITES}
    policies = {path.stem for path in (FOLDER / "admission").glob("*.yaml") if not path.name.endswith(".kubegate.yaml")}
    assert policies == {path.name.partition(".")[0] for path in (FOLDER / "admission").glob("*.kubegate.yaml")}


def test_the_readme_names_every_suite() -> None:
    text = (FOLDER / "README.md").read_text()
    assert [suite for suite in SUITES if f"({suite})" not in text] == []


def test_all_manifests_load_together() -> None:
    assert len(load([str(FOLDER)]).state) > 40
