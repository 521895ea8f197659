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
    """The content in force. The first load raises; later ones keep what is there."""

    def __init__(self, load: Callable[[], Content], *, clock: Callable[[], float] = time.time) -> None:
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
            self.reloads.failures += 1
            self.reloads.error = str(error)
            _LOG.error("policies kept, the new ones cannot be loaded: %s", error)
            return False
        now = self.current = Loaded(content, self.current.generation + 1, self._clock())
        for choose, part in self._parts:
            part.current = Loaded(choose(content), now.generation, now.at)
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
