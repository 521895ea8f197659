"""The policies in force: loaded whole or not at all, swapped by one reference, the last good kept.

A source that changes is loaded anew beside the one in force. If it cannot be loaded, the old one goes on serving and the
error shows in readiness detail, metrics and log: nothing that fails ever allows. It is tried again now and then, since what
failed may have been something else than the files that are looked at.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from kubegate.errors import KubegateError

_LOG = logging.getLogger("kubegate.webhook")

Content = TypeVar("Content")
Piece = TypeVar("Piece")
Seen = TypeVar("Seen", covariant=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Seen]):
    """A content with the number of the load that made it and the time (seconds since the epoch)."""

    content: Seen
    generation: int
    at: float


@dataclass(slots=True)
class Reloads:
    """How reloading went so far."""

    successes: int = 0
    failures: int = 0
    error: str = ""


class InForce(Protocol[Seen]):
    """Where the content in force is read, anew for each request."""

    @property
    def current(self) -> Loaded[Seen]:
        """What is in force now."""
        ...


@dataclass(slots=True)
class Part(Generic[Piece]):
    """A piece of what a holder holds."""

    current: Loaded[Piece]


class PolicyHolder(Generic[Content]):
    """The content in force. The first load raises; later ones keep what is there. ``what``: its name in messages."""

    def __init__(
        self, load: Callable[[], Content], *, what: str = "policies", clock: Callable[[], float] = time.time
    ) -> None:
        self.what = what
        self._load = load
        self._clock = clock
        self.reloads = Reloads()
        self.current: Loaded[Content] = Loaded(load(), 1, clock())
        self.reloads.successes = 1
        self._parts: list[tuple[Callable[[Content], Any], Part[Any]]] = []

    def part(self, choose: Callable[[Content], Piece]) -> Part[Piece]:
        """A piece of the content, swapped when the content is: one load serves all pieces."""
        now = self.current
        part = Part(Loaded(choose(now.content), now.generation, now.at))
        self._parts.append((choose, part))
        return part

    def reload(self) -> bool:
        """Load anew; False (and the error noted) if that failed."""
        try:
            content = self._load()
        except KubegateError as error:
            return self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with files, the last good content stays in force
            _LOG.exception("bug while loading %s", self.what)
            return self._failed(f"{type(error).__name__}: {error}")
        now = self.current = Loaded(content, self.current.generation + 1, self._clock())
        for choose, part in self._parts:
            part.current = Loaded(choose(content), now.generation, now.at)
        self.reloads.successes += 1
        self.reloads.error = ""
        _LOG.info("%s reloaded, generation %d", self.what, self.current.generation)
        return True

    def _failed(self, error: str) -> bool:
        self.reloads.failures += 1
        self.reloads.error = error
        _LOG.error("%s kept, the new ones cannot be loaded: %s", self.what, error)
        return False


LONGEST_PAUSE = 60.0
"""Seconds between two tries of what goes on failing."""


class Watcher:
    """Calls ``changed`` when ``signature`` gives another value than before (at first: than when this was made), every
    ``interval`` seconds, on a thread of its own. What answers False is called again, after pauses that grow."""

    def __init__(self, signature: Callable[[], object], changed: Callable[[], object], interval: float = 1.0) -> None:
        self._signature = signature
        self._changed = changed
        self._interval = interval
        self._seen = signature()
        self._pause = 0.0
        """How long to wait until the next try; 0: nothing is to be tried."""
        self._waited = 0.0
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._run, name="policy-watcher", daemon=True).start()

    def stop(self) -> None:
        """End watching."""
        self._stop.set()

    def look(self) -> None:
        """Look once; called every ``interval`` seconds."""
        self._waited += self._interval
        now = self._signature()
        if now != self._seen:
            self._seen, self._pause = now, self._interval
        elif not self._pause or self._waited < self._pause:
            return
        self._waited = 0.0
        self._pause = 0.0 if self._changed() is not False else min(2 * self._pause, LONGEST_PAUSE)

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the thread must outlive whatever happens to files
                _LOG.exception("bug while looking for changes")
