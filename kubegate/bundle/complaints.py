"""What is wrong with the shape of an object, said with its place and with what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NoReturn

from kubegate.errors import InvalidInput, Location

Locate = Callable[[str], Location]
"""path in the object -> place in the file"""


def fail(message: str, location: Location, hint: str = "") -> NoReturn:
    """Raise it; an object that begins a line stands at the first column."""
    place = replace(location, column=1) if location.line and not location.column else location
    raise InvalidInput(message, location=place, hint=hint)


def known_fields(obj: dict[str, Any], fields: Iterable[str], path: str, locate: Locate) -> None:
    """No other fields are there."""
    for field in obj:
        if field not in fields:
            place = f"{path}.{field}" if path else field
            near = difflib.get_close_matches(field, list(fields), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known fields: {', '.join(fields)}"
            fail(f"unknown field {place}", locate(place), hint)


def list_of(value: Any, path: str, locate: Locate) -> list[Any]:
    """The list; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        hint = f"write a list: [{value}]" if isinstance(value, str) else ""
        fail(f"{path} must be a list, not {named(value)}", locate(path), hint)
    return value


def mapping_of(value: Any, path: str, locate: Locate) -> dict[str, Any]:
    """The object; an absent one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        fail(f"{path} must be an object, not {named(value)}", locate(path))
    return value


def near_field(field: str, obj: dict[str, Any], otherwise: str) -> str:
    """Advice where a field is missing and another one looks like it."""
    near = difflib.get_close_matches(field.lower(), [key for key in obj if key != field], n=1, cutoff=0.6)
    near = near or [key for key in obj if key.lower() == field.lower()]
    return f"found {near[0]}: did you mean {field}?" if near else otherwise


def near_word(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``did you mean Role?``; "" if none looks like it."""
    known = list(words)
    near = [other for other in known if other.lower() == word.lower()]
    near = near or difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f"did you mean {near[0]}?" if near else ""


def quotes_for(value: Any) -> str:
    """Advice where a text was meant."""
    if isinstance(value, bool):
        return "put it in quotes: without them this word is a truth value"
    return f'put it in quotes: "{value}"'


def named(value: Any) -> str:
    """``the number 7``, ``a list``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
