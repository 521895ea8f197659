"""One JSON line a decision: who asked what, what was decided, what determined it. Values of ``masked`` fields never show."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import IO

import orjson

from kubegate.authz.interface import Attributes, Verdict

MASK = "***"


class DecisionLog:
    """Writes lines to a file; safe for use by several threads. ``masked``: names of fields (user, groups, uid, extra, name,
    namespace, path) whose values are replaced; ``extra`` and ``uid`` are by default."""

    def __init__(
        self,
        file: IO[bytes],
        *,
        masked: frozenset[str] = frozenset({"extra", "uid"}),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._masked = masked
        self._clock = clock
        self._lock = threading.Lock()

    def record(self, attributes: Attributes, verdict: Verdict, seconds: float, note: str = "") -> None:
        """Append one line."""
        user = attributes.user
        line = {
            "time": self._clock(),
            "user": user.name,
            "uid": user.uid,
            "groups": user.groups,
            "extra": dict(user.extra),
            "verb": attributes.verb,
        }
        if attributes.is_resource:
            for field in ("group", "version", "resource", "subresource", "namespace", "name"):
                line[field] = getattr(attributes, field)
        else:
            line["path"] = attributes.path
        shown = {key: MASK if key in self._masked else value for key, value in line.items() if value}
        shown["decision"] = verdict.decision.value
        shown["microseconds"] = round(seconds * 1e6, 1)
        if verdict.reason:
            shown["reason"] = verdict.reason
        if verdict.determined_by:
            shown["determinedBy"] = verdict.determined_by.text
        if verdict.errors:
            shown["errors"] = verdict.errors
        if note:
            shown["note"] = note
        data = orjson.dumps(shown) + b"\n"
        with self._lock:
            self._file.write(data)
            self._file.flush()
