"""A value made from a file, made anew when the file changes; the last good one is kept when the new one is bad."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from kubegate.authn.pem import read_file
from kubegate.errors import KubegateError

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_Seen = tuple[int, int, int] | None


class Reloading(Generic[_T]):
    """``current()`` is the value; the file is looked at when more than ``interval`` seconds have passed since the last look.

    The first reading happens at once and raises what ``make`` raises; later failures are logged and change nothing.
    """

    def __init__(self, path: str | Path, make: Callable[[bytes], _T], *, interval: float = 1.0) -> None:
        self._path = Path(path)
        self._make = make
        self._interval = interval
        self._lock = threading.Lock()
        self._seen = self._stat()
        self._content = read_file(self._path)
        self._value = make(self._content)
        self._next = time.monotonic() + interval

    def current(self) -> _T:
        """The value made from the newest good content."""
        if time.monotonic() >= self._next and self._lock.acquire(blocking=False):
            try:
                self._next = time.monotonic() + self._interval
                self.check()
            finally:
                self._lock.release()
        return self._value

    def check(self) -> None:
        """Look at the file now."""
        seen = self._stat()
        if seen is None or seen == self._seen:
            return
        try:
            content = read_file(self._path)
            if content != self._content:
                self._value = self._make(content)
                self._content = content
                _LOG.info("reloaded %s", self._path)
        except KubegateError as error:
            _LOG.error("%s is not usable, keeping what was loaded before: %s", self._path, error)
        self._seen = seen

    def _stat(self) -> _Seen:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
