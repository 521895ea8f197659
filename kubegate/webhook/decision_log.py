"""One JSON line a decision: who asked what, what was decided, what determined it. Values of ``masked`` fields never show,
also not in the texts of reasons."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import orjson

from kubegate.authz.interface import Attributes, SelectorRequirement, Verdict

MASK = "***"
MASKABLE = frozenset({"user", "uid", "groups", "extra", "name", "namespace", "path", "fieldSelector", "labelSelector"})
"""The fields that can be masked: those whose values may be personal or secret."""


class DecisionLog:
    """Writes lines to a file; safe for use by several threads. ``masked``: those of `MASKABLE` whose values are
    replaced; ``extra`` and ``uid`` are by default."""

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
            line["fieldSelector"] = _selector(attributes.field_requirements)
            line["labelSelector"] = _selector(attributes.label_requirements)
        else:
            line["path"] = attributes.path
        shown = {key: MASK if key in self._masked else value for key, value in line.items() if value}
        hide = _hider([text for key in self._masked for text in _texts(line.get(key))])
        shown["decision"] = verdict.decision.value
        shown["microseconds"] = round(seconds * 1e6, 1)
        if verdict.reason:
            shown["reason"] = hide(verdict.reason)
        if verdict.determined_by:
            shown["determinedBy"] = hide(verdict.determined_by.text)
        if verdict.errors:
            shown["errors"] = [hide(error) for error in verdict.errors]
        if note:
            shown["note"] = note
        data = orjson.dumps(shown) + b"\n"
        with self._lock:
            self._file.write(data)
            self._file.flush()


def _selector(requirements: Sequence[SelectorRequirement] | None) -> list[dict[str, Any]]:
    """What the request was restricted to: it may have decided."""
    return [{"key": part.key, "operator": part.operator, "values": part.values} for part in requirements or ()]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif value:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _hider(values: list[str]) -> Callable[[str], str]:
    """Replaces the values where they stand as words of a text."""
    found = sorted({value for value in values if value}, key=len, reverse=True)
    if not found:
        return lambda text: text
    words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, found))})(?!\w)")
    return lambda text: words.sub(MASK, text)
