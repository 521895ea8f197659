"""JSON bodies, read as Go reads them: duplicate keys are kept for the complaint, floats keep their text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kubegate.api.go_json import syntax_error
from kubegate.api.schema.errors import DecodeError

MAX_DEPTH = 300
"""Containers in containers: objects of Kubernetes nest a few dozen deep, and what is read is walked through by recursion."""


class Duplicated(dict[str, Any]):
    """An object in which a key stands more than once; ``pairs`` has all of them in order (the last one counts)."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class Float(float):
    """A number that is no integer literal; printed as it stood."""

    text: str

    def __new__(cls, text: str) -> Float:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Duplicated(pairs)


def _constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Float, parse_constant=_constant)


def parse(body: bytes) -> Any:
    """The value of a JSON text; bytes that are not UTF-8 become U+FFFD. Raises `DecodeError` with Go's message."""
    text = body.decode("utf-8", "replace")
    try:
        value, end = _DECODER.raw_decode(text, _skip(text))
        if text[end:].strip(" \t\r\n"):
            raise ValueError(text)
        if text.count("{") + text.count("[") > MAX_DEPTH and _is_deep(value):
            raise RecursionError
    except ValueError as error:
        raise DecodeError(syntax_error(body.decode("utf-8", "surrogateescape")) or "unexpected end of JSON input") from error
    except RecursionError as error:
        raise DecodeError("exceeded max depth") from error
    if "\\ud" in text or "\\uD" in text:
        return _without_surrogates(value)
    return value


def _is_deep(value: Any) -> bool:
    """Whether containers stand in each other deeper than `MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: Any) -> Iterator[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (item for item in items if isinstance(item, dict | list))


def _skip(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\r\n"))


def plain(value: Any, *, keep_duplicates: bool = False) -> Any:
    """The value as ordinary dictionaries (or `Duplicated`, if they are kept), lists, numbers and strings."""
    if keep_duplicates and isinstance(value, Duplicated):
        return Duplicated([(key, plain(item, keep_duplicates=True)) for key, item in value.pairs])
    if isinstance(value, dict):
        return {key: plain(item, keep_duplicates=keep_duplicates) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, keep_duplicates=keep_duplicates) for item in value]
    if isinstance(value, Float):
        return float(value)
    return value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Duplicated):
        return Duplicated([(_without_surrogates(key), _without_surrogates(item)) for key, item in value.pairs])
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value
