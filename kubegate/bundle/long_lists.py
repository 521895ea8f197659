"""The items of a long List, one by one: a dump of a cluster is one document of many megabytes, which as nodes of YAML takes
forty times as much memory, and as much time again when somebody asks where one object stands.

A text is cut where items of the top-level ``items`` begin, and used in pieces only if each of them can be read alone: what
is cut inside a quoted text or a bracket cannot. Whatever cannot be cut is read as a whole, as everything short is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput

SHORTEST = 256 * 1024
"""Bytes from which it is worth it."""

_EVERY = 500
_KEPT = 16
"""Items that are kept as nodes: what is asked about once is often asked about again."""

_ITEMS = re.compile(rb"^items:[ \t]*\r?\n", re.MULTILINE)
_FIRST = re.compile(rb"( *)- ")
_SEVERAL = re.compile(rb"^(?:---|\.\.\.|%)", re.MULTILINE)
_ALIAS = re.compile(rb"(?:^|[\s:,\[{-])\*[^\s*]", re.MULTILINE)
"""Perhaps an alias, whose anchor may be in another item."""


@dataclass(eq=False)
class Items:
    """The texts of the items: from where to where each goes, and on which line and column (from 0) it begins."""

    text: str | bytes
    spans: tuple[tuple[int, int, int, int], ...]
    in_yaml: bool
    _known: dict[int, yaml.Node] = field(default_factory=dict, repr=False)

    def node(self, index: int) -> yaml.Node:
        """An item as YAML reads it, its marks counted from where it begins. Raises `InvalidInput`."""
        if index not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[index] = self._compose(index)
        return self._known[index]

    def _compose(self, index: int) -> yaml.Node:
        start, end, _, _ = self.spans[index]
        nodes = list(compose(self.text[start:end]))
        if self.in_yaml and len(nodes) == 1 and isinstance(nodes[0], yaml.SequenceNode):
            nodes = nodes[0].value
        if len(nodes) != 1:
            raise InvalidInput("this is not a single item")
        return nodes[0]

    def lines(self, index: int) -> list[str]:
        """The lines of an item."""
        start, end, _, _ = self.spans[index]
        part = self.text[start:end]
        return (part.decode("utf-8", "replace") if isinstance(part, bytes) else part).splitlines()


def read_list(text: bytes, told: Callable[[int], None] = lambda count: None) -> tuple[Any, int] | None:
    """The value of a long YAML List and the line (from 1) on which it begins; None if it has to be read as a whole. ``told``
    hears how many items have been read."""
    cut = _cut_yaml(text)
    if cut is None:
        return None
    items, around = cut
    try:
        [node] = compose(around)
        value, values = value_of(node), []
        if not isinstance(value, dict) or value.get("items") != []:
            return None
        for index in range(len(items.spans)):
            start, end, _, _ = items.spans[index]
            [piece] = compose(text[start:end])
            [item] = value_of(piece)
            values.append(item)
            if index % _EVERY == 0:
                told(index)
    except (InvalidInput, ValueError, TypeError):
        return None  # it is wrong, or not what it seems: reading the whole says so, with the right place
    value["items"] = values
    return value, node.start_mark.line + 1


def items_of(text: bytes) -> Items | None:
    """Where the items of a long List stand; None if it is none."""
    if len(text) < SHORTEST:
        return None
    if text.lstrip()[:1] == b"{":
        return _cut_json(text.decode("utf-8", "replace"))
    cut = _cut_yaml(text)
    return cut[0] if cut else None


def _cut_yaml(text: bytes) -> tuple[Items, bytes] | None:
    """The items, and the document without them."""
    if len(text) < SHORTEST or _SEVERAL.search(text, 3 if text[:3] == b"---" else 0) or _ALIAS.search(text):
        return None
    found = _ITEMS.search(text)
    first = _FIRST.match(text, found.end()) if found else None
    if found is None or first is None:
        return None
    starts = []
    ends = re.compile(rb"^%s(- )|^[^\s#-]" % first[1], re.MULTILINE)
    end = len(text)
    for place in ends.finditer(text, found.end()):
        if place[1] is None:
            end = place.start()
            break
        starts.append(place.start())
    spans, line, last = [], text.count(b"\n", 0, starts[0]), starts[0]
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        line += text.count(b"\n", last, start)
        last = start
        spans.append((start, stop, line, 0))
    around = text[: found.start()] + b"items: []\n" + text[end:]
    return Items(text, tuple(spans), True), around


_SPACE = re.compile(r"[ \t\r\n]*")


def _cut_json(text: str) -> Items | None:
    decoder = json.JSONDecoder()

    def skip(at: int) -> int:
        found = _SPACE.match(text, at)
        return found.end() if found else at

    try:
        at = skip(text.index("{") + 1)
        while text[at] == '"':
            key, at = decoder.raw_decode(text, at)
            at = skip(skip(at) + 1)  # behind the colon
            if key == "items" and text[at] == "[":
                return Items(text, tuple(_json_spans(text, skip(at + 1), decoder, skip)), False)
            _, at = decoder.raw_decode(text, at)
            at = skip(skip(at) + 1)  # behind the comma
    except (ValueError, IndexError, RecursionError):
        pass
    return None


def _json_spans(
    text: str, at: int, decoder: json.JSONDecoder, skip: Callable[[int], int]
) -> list[tuple[int, int, int, int]]:
    spans: list[tuple[int, int, int, int]] = []
    line, last = text.count("\n", 0, at), at
    while text[at] != "]":
        start = at
        line += text.count("\n", last, start)
        last = start
        _, at = decoder.raw_decode(text, start)
        spans.append((start, at, line, start - (text.rfind("\n", 0, start) + 1)))
        at = skip(at)
        at = skip(at + 1) if text[at] == "," else at
    return spans
