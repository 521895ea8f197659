"""The objects of one resource with a journal of their last changes, for those who list and watch them.

A place in the journal is named by a text that holds which journal it is of, so that a reader of an earlier process is told
to list anew.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubegate.api.names import Object, name_of, namespace_of

KEPT = 5_000
"""Changes that are kept; who missed more lists anew."""

Name = tuple[str, str]
"""Namespace and name."""


class ExpiredPlace(Exception):
    """The journal does not reach back to the place, or it is one of another journal."""


@dataclass(slots=True)
class Journal:
    """A sink of a reflector. ``boot`` is different in each process. Safe for use by several threads."""

    boot: str
    kept: int = KEPT
    _objects: dict[Name, Object] = field(default_factory=dict)
    _changes: deque[tuple[int, bytes]] = field(default_factory=deque)
    _last: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def upsert(self, obj: Object) -> None:
        """Take an object in, or its new version."""
        with self._changed:
            self._objects[namespace_of(obj), name_of(obj)] = obj
            self._note("MODIFIED", obj)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget an object; an unknown one is no error."""
        with self._changed:
            old = self._objects.pop((namespace, name), None)
            if old is not None:
                self._note("DELETED", old)

    def _note(self, kind: str, obj: Object) -> None:
        self._last += 1
        line = orjson.dumps({"type": kind, "object": obj})
        self._changes.append((self._last, line + b"\n" + self.bookmark(self.place(self._last))))
        if len(self._changes) > self.kept:
            self._changes.popleft()
        self._changed.notify_all()

    def page(self, limit: int, following: str = "") -> dict[str, Any]:
        """A list of at most ``limit`` objects after the place that an earlier page named. Its version is that of the first
        page: what changed since comes by the watch. Raises `ExpiredPlace`."""
        with self._changed:
            names, version, start = sorted(self._objects), self._last, 0
            if following:
                place, namespace, name = following.split("/", 2)
                version, start = self._position(place), bisect_right(names, (namespace, name))
            shown = names[start : start + limit]
            metadata = {"resourceVersion": self.place(version)}
            if start + limit < len(names):
                metadata["continue"] = "/".join((self.place(version), *shown[-1]))
            return {"metadata": metadata, "items": [self._objects[name] for name in shown]}

    def since(self, place: str, seconds: float) -> tuple[str, list[bytes]]:
        """The changes after a place, as lines of a watch, and the place after them; waits for at most ``seconds`` if there
        are none. Raises `ExpiredPlace`."""
        with self._changed:
            position = self._position(place)
            if position == self._last:
                self._changed.wait(seconds)
            if self._changes and self._changes[0][0] > position + 1:
                raise ExpiredPlace
            return self.place(self._last), [line for at, line in self._changes if at > position]

    def place(self, position: int) -> str:
        """The text that names a position."""
        return f"{self.boot}.{position}"

    @staticmethod
    def bookmark(place: str) -> bytes:
        """The line that tells a reader where it is: versions of objects are the cluster's, places are ours."""
        return orjson.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": place}}}) + b"\n"

    def _position(self, place: str) -> int:
        boot, _, position = place.rpartition(".")
        if boot != self.boot or not position.isdigit() or int(position) > self._last:
            raise ExpiredPlace
        return int(position)
