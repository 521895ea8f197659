"""Only tests that ask servers are run once more, and only once (`tests.second_chance`)."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest

runs = {"shared": 0, "test": 0}

@pytest.fixture(scope="module")
def shared():
    runs["shared"] += 1
    assert runs["shared"] > FAILING_SETUPS
    return runs["shared"]

MARK
def test_it(shared):
    runs["test"] += 1
    assert runs["test"] > FAILING_CALLS, "no luck"

def test_after(shared):
    assert shared == FAILING_SETUPS + FAILING_CALLS + 1  # another one after each failure
"""
CHANCE, NONE = "@pytest.mark.second_chance", ""


@pytest.mark.parametrize(
    ("mark", "setups", "calls", "outcomes"),
    [
        (CHANCE, 0, 0, {"passed": 2}),
        (CHANCE, 0, 1, {"passed": 2, "rerun": 1}),
        (CHANCE, 1, 0, {"passed": 2, "rerun": 1}),
        (CHANCE, 0, 2, {"passed": 1, "failed": 1, "rerun": 1}),
        (NONE, 0, 1, {"failed": 2, "rerun": 0}),
    ],
)
@pytest.mark.parametrize("processes", ["0", "1"])
def test_chances(
    pytester: pytest.Pytester, mark: str, setups: int, calls: int, outcomes: dict[str, int], processes: str
) -> None:
    text = TESTS.replace("MARK", mark).replace("FAILING_SETUPS", str(setups)).replace("FAILING_CALLS", str(calls))
    hooks = "pytest_report_teststatus, pytest_runtest_protocol, pytest_terminal_summary"
    pytester.makeconftest(f"from tests.second_chance import {hooks}")
    pytester.makepyfile(text)
    pytester.makeini("[pytest]\nmarkers = second_chance: asks a server")
    result = pytester.runpytest_inprocess("-n", processes)
    found = result.parseoutcomes()
    assert {name: found.get(name, 0) for name in outcomes} == outcomes
    assert bool(result.ret) == bool(outcomes.get("failed"))
    if outcomes.get("rerun"):
        result.stdout.fnmatch_lines(["*failed, and run once more*", "*test_it*"])
