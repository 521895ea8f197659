"""Whole objects taken out of a YAML or JSON file, or written anew, where no smaller change will do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kubegate.bundle.rewrite import NOT_THERE, at, dumped, end_of, means, read_document, rewritten, without
from kubegate.bundle.state import Origin
from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput


def without_object(origin: Origin) -> list[str] | None:
    """The lines without a whole object: a document, or an item of a List; None if they would not mean that."""
    if origin.inside:
        whole = Origin(origin.source, origin.document)
        cut = without(whole, origin.inside)
        if cut is not None:
            return cut
        *parents, last = origin.inside
        try:
            held = at(read_document(origin.source.lines, origin), parents)
            left = [*held[:last], *held[int(last) + 1 :]]
        except (InvalidInput, ValueError, *NOT_THERE):
            return None
        return rewritten(whole, tuple(parents), left)
    try:
        return _without_document(origin.source.lines, origin)
    except (InvalidInput, *NOT_THERE):
        return None


def _without_document(lines: Sequence[str], origin: Origin) -> list[str] | None:
    node = origin.source.documents[origin.document]
    start, end = node.start_mark.line, end_of(lines, node.end_mark.line, node.start_mark.line)
    if start > 0 and lines[start - 1].startswith("---"):
        start -= 1
    elif lines[start].startswith("---"):
        pass  # it begins in the line of the separator
    elif end < len(lines) and lines[end].startswith("---"):
        end += 1
    made = [*lines[:start], *lines[end:]]
    was = [value_of(document) for document in origin.source.documents]
    now = [value_of(document) for document in compose("\n".join(made))]
    return made if now == [*was[: origin.document], *was[origin.document + 1 :]] else None


def written_anew(origin: Origin, new: Any) -> list[str] | None:
    """The lines with the whole document written anew, in which the object is ``new``: for what cannot be changed otherwise,
    such as parts that aliases repeat."""
    source = origin.source
    try:
        node, lines = source.documents[origin.document], source.lines
        document = _with(value_of(node), origin.inside, new)
        start = node.start_mark
        if source.file.endswith(".json"):
            made = json.dumps(document, indent=2, ensure_ascii=False).splitlines()
        else:
            made = dumped(document)
        if lines[start.line][: start.column].strip():
            made = [lines[start.line][: start.column].rstrip(), *made]
        lines = [*lines[: start.line], *made, *lines[end_of(lines, node.end_mark.line + 1, start.line) :]]
        return lines if means(lines, origin, (), new) else None
    except (InvalidInput, *NOT_THERE):
        return None


def _with(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """A copy with something else at the path."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*value[:step], _with(value[step], rest, new), *value[step + 1 :]]
    return {**value, step: _with(value[step], rest, new)}
