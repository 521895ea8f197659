"""A second chance for tests that talk to processes over sockets: there the machine may fail, and not what is tested.

A test with the marker ``second_chance`` (`tests/integration/conftest.py` sets it) that fails is run once more, with all that
it uses made anew. What it said first is shown at the end; what fails twice has failed. No other test is ever run again.
"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.runner import call_and_report

MARKER = "second_chance"
_AGAIN: Any = "rerun"  # the word of other plugins for it


def attempt(item: Any, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Set up, call, tear down; everything that is shared too if it failed."""
    item._initrequest()
    reports = [call_and_report(item, "setup", log=False)]
    if reports[0].passed:
        reports.append(call_and_report(item, "call", log=False))
    following = None if any(report.failed for report in reports) else nextitem
    reports.append(call_and_report(item, "teardown", log=False, nextitem=following))
    return reports


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Instead of pytest's own, for tests with the marker."""
    if item.get_closest_marker(MARKER) is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = attempt(item, nextitem)
    failures = [report for report in reports if report.failed]
    for report in failures:
        report.outcome = _AGAIN
        item.ihook.pytest_runtest_logreport(report=report)
    for report in attempt(item, nextitem) if failures else reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """An ``R`` among the dots."""
    return (_AGAIN, "R", "RERUN") if report.outcome == _AGAIN else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What failed and was run once more, with the reason: a test that shows up here is to be mended."""
    reports = terminalreporter.stats.get(_AGAIN, ())
    if reports:
        terminalreporter.section("failed, and run once more")
    for report in reports:
        terminalreporter.write_sep("_", f"{report.nodeid} ({report.when})")
        terminalreporter.line(report.longreprtext)
