"""A file -> the values in it: YAML of several documents, JSON (also one value after the other), the items of Lists.

What is wrong goes to ``complain``, which raises it or notes it; then reading goes on where the next document begins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from typing import Any

import orjson
import yaml

from kubegate.bundle.long_lists import read_list
from kubegate.bundle.state import Origin, Source
from kubegate.bundle.text import likely_meaning, not_text
from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput, Location

PACKED = ".gz"
Complain = Callable[[InvalidInput, bytes], None]
"""Takes what is wrong, and the text in which it is."""


Told = Callable[[int], None]
"""Hears how many items of a long List have been read."""


def documents(source: Source, complain: Complain, told: Told = lambda count: None) -> Iterator[tuple[Any, Origin]]:
    """The values of a file."""
    is_json = source.file.removesuffix(PACKED).endswith(".json")
    if is_json or source.text.lstrip()[:1] in (b"{", b"["):
        try:
            yield orjson.loads(source.text), Origin(source, 0)
            return
        except orjson.JSONDecodeError as error:
            if is_json:
                yield from _json_values(source, error, complain)
                return
    long = read_list(source.text, told)
    if long is not None:
        yield long[0], Origin(source, 0, (), long[1])
        return
    rest: Source | None = source
    while rest is not None:
        rest = yield from _until_broken(rest, complain)


def _until_broken(source: Source, complain: Complain) -> Generator[tuple[Any, Origin], None, Source | None]:
    """The documents up to one that is no YAML; returns what follows that one, or None."""
    try:
        for number, node in enumerate(compose(source.text, source.file)):
            yield from _value(node, Origin(source, number, (), node.start_mark.line + 1), complain)
    except InvalidInput as error:
        wrong = not_text(source.text, source.file) or error
        wrong.hint = wrong.hint or likely_meaning(source.text)
        complain(wrong, source.text)
        return _after(source, wrong.location)
    return None


def _value(node: yaml.Node, origin: Origin, complain: Complain) -> Iterator[tuple[Any, Origin]]:
    try:
        value = value_of(node)
    except InvalidInput as error:
        where = error.location or Location()
        place = Location(origin.source.file, where.line or origin.line, where.column)
        complain(InvalidInput(error.message, location=place, hint=error.hint), origin.source.text)
        return
    yield value, origin


def _after(source: Source, failed: Location | None) -> Source | None:
    """The documents after the one in which reading failed, each on its line; None if there are none."""
    lines = source.text.split(b"\n")
    line = failed.line if failed else len(lines)
    # What ends a document too early is found in the line that begins the next one.
    first = line - 1 if any(lines[: max(line - 1, 0)]) else line
    start = next((number for number in range(first, len(lines)) if lines[number].startswith(b"---")), None)
    return None if start is None else Source(source.file, b"\n" * start + b"\n".join(lines[start:]))


def _json_values(source: Source, failure: orjson.JSONDecodeError, complain: Complain) -> Iterator[tuple[Any, Origin]]:
    """Several JSON values one after the other, as some tools write them."""
    text = source.text.decode("utf-8", "replace")
    decoder, at, number = json.JSONDecoder(), 0, 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            found: json.JSONDecodeError = error if number else failure
            place = Location(source.file, found.lineno, found.colno)
            message = f"this is not JSON: {found.msg} (what follows is not read)"
            wrong = InvalidInput(message, location=place, hint=likely_meaning(source.text))
            complain(not_text(source.text, source.file) or wrong, source.text)
            return
        yield value, Origin(source, number)
        number += 1


def objects_of(value: Any, origin: Origin) -> Iterator[tuple[Any, Origin]]:
    """The object itself, or the items of a List (and of a typed list, whose items may not say what they are)."""
    kind = str(value.get("kind") or "") if isinstance(value, dict) else ""
    items = value.get("items") if isinstance(value, dict) else None
    if kind == "List" and items is None:
        return
    if not isinstance(items, list) or not kind.endswith("List"):
        yield value, origin
        return
    own, api_version = kind.removesuffix("List"), value.get("apiVersion")
    for index, item in enumerate(items):
        if own and isinstance(item, dict):
            item.setdefault("kind", own)
            item.setdefault("apiVersion", api_version)
        yield from objects_of(item, Origin(origin.source, origin.document, (*origin.inside, "items", index)))
