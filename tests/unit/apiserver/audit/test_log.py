"""The log file: lines, rotation, trouble."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubegate.apiserver.audit.log import AuditLog


class Clock:
    """A minute passes with every look."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time


def test_one_object_a_line(tmp_path: Path) -> None:
    log = AuditLog(str(tmp_path / "deep" / "audit.log"))
    log.record({"a": "x\ny"})
    log.record({"b": 2})
    log.close()
    lines = (tmp_path / "deep" / "audit.log").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"a": "x\ny"}, {"b": 2}]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    AuditLog(str(tmp_path / "audit.log")).close()
    assert (tmp_path / "audit.log").stat().st_mode & 0o777 == 0o600


def test_it_is_appended_to(tmp_path: Path) -> None:
    for number in range(2):
        log = AuditLog(str(tmp_path / "audit.log"))
        log.record({"n": number})
        log.close()
    assert len((tmp_path / "audit.log").read_text().splitlines()) == 2


def test_rotation_by_size(tmp_path: Path) -> None:
    log = AuditLog(str(tmp_path / "audit.log"), max_size=20, max_backups=2, now=Clock())
    for number in range(10):
        log.record({"number": number})
    log.close()
    backups = sorted(path.name for path in tmp_path.glob("audit-*.log"))
    assert len(backups) == 2
    assert backups[-1].startswith("audit-2026-01-01T00-")
    assert (tmp_path / "audit.log").stat().st_size <= 20


def test_an_event_longer_than_the_limit_is_written(tmp_path: Path) -> None:
    log = AuditLog(str(tmp_path / "audit.log"), max_size=5)
    log.record({"long": "event"})
    assert json.loads((tmp_path / "audit.log").read_text()) == {"long": "event"}
    log.close()


def test_trouble_does_not_reach_the_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = AuditLog("/dev/full")
    log.record({"a": 1})
    assert "the audit log cannot be written" in caplog.text
