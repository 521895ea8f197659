"""The audit log: one JSON object a line, in a file that is rotated by size, or on standard output.

Source: k8s.io/apiserver ``plugin/pkg/audit/log`` (the names of rotated files are lumberjack's).
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

_LOG = logging.getLogger(__name__)
_MEGABYTE = 1024 * 1024
_DAY = 24 * 60 * 60


class Sink(Protocol):
    """Where events go. `record` never raises."""

    def record(self, event: dict[str, Any]) -> None: ...


class AuditLog:
    """``max_size`` bytes before a rotation, ``max_backups`` and ``max_age`` (seconds) of rotated files; 0: no limit."""

    def __init__(
        self,
        path: str,
        *,
        max_size: int = 100 * _MEGABYTE,
        max_backups: int = 0,
        max_age: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises OSError if the file cannot be opened for appending."""
        self._path = None if path == "-" else Path(path)
        self._max_size = max_size
        self._max_backups = max_backups
        self._max_age = max_age
        self._now = now
        self._lock = threading.Lock()
        self._file: IO[bytes] = sys.stdout.buffer if self._path is None else _open(self._path)

    def record(self, event: dict[str, Any]) -> None:
        """Append an event; trouble with the file is logged, the request goes on."""
        line = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
        try:
            with self._lock:
                if self._path is not None and self._max_size and self._file.tell() + len(line) > self._max_size:
                    self._rotate(self._path)
                self._file.write(line)
                self._file.flush()
        except OSError as error:
            _LOG.error("the audit log cannot be written: %s", error.strerror)

    def _rotate(self, path: Path) -> None:
        if self._file.tell() == 0:
            return
        self._file.close()
        stamp = self._now().strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3]
        path.rename(path.with_name(f"{path.stem}-{stamp}{path.suffix}"))
        self._file = _open(path)
        self._forget(path)

    def _forget(self, path: Path) -> None:
        backups = sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"), reverse=True)
        oldest = self._now().timestamp() - self._max_age
        for index, backup in enumerate(backups):
            too_many = self._max_backups and index >= self._max_backups
            if too_many or (self._max_age and backup.stat().st_mtime < oldest):
                backup.unlink()

    def close(self) -> None:
        """Flush and release the file."""
        with self._lock:
            if self._path is not None:
                self._file.close()


def _open(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    path.chmod(0o600)
    return file


def days(count: int) -> int:
    """Days in seconds."""
    return count * _DAY


def megabytes(count: int) -> int:
    """Megabytes in bytes."""
    return count * _MEGABYTE
