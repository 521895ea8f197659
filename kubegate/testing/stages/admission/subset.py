"""How an object differs from the part of it that is expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

_NAMES = ("name", "key", "type", "mountPath", "containerPort", "port", "uid", "ip")
"""What tells items of a list apart, in the order in which they are looked for."""
_MISSING = object()
_SHOWN = 160


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """What is not as expected: ``spec.replicas is 2, not 3``.

    Of objects only the fields named count (null: the field is absent); of lists whose items have a name (key, type ...) only
    the items named; other lists must be the same in length and order."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(value, found.get(key, _MISSING), _below(path, key))
    elif expected is None and (found is _MISSING or found is None):
        return
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _lists(expected, found, path)
    elif (type(expected) is not type(found) and not _numbers(expected, found)) or expected != found:
        yield f"{path or 'the object'} is {shown(found)}, not {shown(expected)}"


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _lists(expected: list[Any], found: list[Any], path: str) -> Iterator[str]:
    name = _name_in(expected)
    if name is None:
        if len(expected) != len(found):
            yield f"{path} is {shown(found)}, not {shown(expected)}"
            return
        for index, (wanted, have) in enumerate(zip(expected, found, strict=True)):
            yield from differences(wanted, have, f"{path}[{index}]")
        return
    for wanted in expected:
        have = next((item for item in found if isinstance(item, dict) and item.get(name) == wanted[name]), None)
        if have is None:
            yield f"{path} has no item with {name} {shown(wanted[name])}"
        else:
            yield from differences(wanted, have, f"{path}[{name}={wanted[name]}]")


def _name_in(items: list[Any]) -> str | None:
    """The field that all items are told apart by, or None."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    return next((name for name in _NAMES if len({str(item[name]) for item in items if name in item}) == len(items)), None)


def _below(path: str, key: str) -> str:
    step = key if key.replace("-", "").replace("_", "").isalnum() else f"[{key}]"
    return f"{path}.{step}" if path and not step.startswith("[") else path + step


def shown(value: Any) -> str:
    """A value as JSON; whole texts and lists of them, of other things not too much."""
    text = "absent" if value is _MISSING else orjson.dumps(value).decode()
    told = isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    return text if told or len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
