"""The policies in force: loaded whole or not at all, swapped by one reference, the last good kept.

A source that changes is loaded anew beside the one in force. If it cannot be loaded, the old one goes on serving and the
error shows in readiness detail, metrics and log: nothing that fails ever allows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kubegate.errors import KubegateError

_LOG = logging.getLogger("kubegate.webhook")

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Content]):
    """A content with the number of the load that made it and the time (seconds since the epoch)."""

    content: Content
    generation: int
    at: float


@dataclass(slots=True)
class Reloads:
    """How reloading went so far."""

    successes: int = 0
    failures: int = 0
    error: str = ""


class PolicyHolder(Generic[Content]):
    """The content in force. The first load raises; later ones keep what is there."""

    def __init__(self, load: Callable[[], Content], *, clock: Callable[[], float] = time.time) -> None:
        self._load = load
        self._clock = clock
        self.reloads = Reloads()
        self.current: Loaded[Content] = Loaded(load(), 1, clock())
        self.reloads.successes = 1

    def reload(self) -> bool:
        """Load anew; False (and the error noted) if that failed."""
        try:
            content = self._load()
        except KubegateError as error:
            self.reloads.failures += 1
            self.reloads.error = str(error)
            _LOG.error("policies kept, the new ones cannot be loaded: %s", error)
            return False
        self.current = Loaded(content, self.current.generation + 1, self._clock())
        self.reloads.successes += 1
        self.reloads.error = ""
        _LOG.info("policies reloaded, generation %d", self.current.generation)
        return True


@dataclass(slots=True)
class Watcher:
    """Calls ``changed`` whenever ``signature`` gives another value, every ``interval`` seconds, on a thread of its own."""

    signature: Callable[[], object]
    changed: Callable[[], object]
    interval: float = 1.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._run, args=(self.signature(),), name="policy-watcher", daemon=True).start()

    def stop(self) -> None:
        """End watching."""
        self._stop.set()

    def _run(self, seen: object) -> None:
        while not self._stop.wait(self.interval):
            now = self.signature()
            if now != seen:
                seen = now
                self.changed()
