"""Expressions that choose devices: they must compile, say yes or no, and not cost too much.

Source: ``pkg/apis/resource/validation``; k8s.io/dynamic-resource-allocation ``cel``.
"""

from __future__ import annotations

from functools import lru_cache

from kubegate.api.field_errors import FieldError, forbidden, internal_error, invalid, too_long
from kubegate.cel import environments
from kubegate.cel.errors import CelError, InstantiationError
from kubegate.cel.estimate import estimate
from kubegate.cel.types import ANY, BOOL, print_type

_LONGEST, _MOST_EXPENSIVE = 10 * 1024, 1_000_000
_ENTRIES = 32
"""How many attributes and capacities a device has at most."""
_DOMAIN, _NAME, _VALUE = 63, 32, 64
"""The greatest lengths."""


def check_expression(errors: list[FieldError], path: str, text: str) -> None:
    """Complain about an expression that chooses devices."""
    if len(text.encode()) > _LONGEST:
        errors.append(too_long(path, _LONGEST))
        return
    problem, runs, cost = _compile(text)
    if problem:
        errors.append(invalid(path, text, problem) if runs else internal_error(path, problem))
    elif cost > _MOST_EXPENSIVE:
        errors.append(forbidden(path, "too complex, exceeds cost limit"))


@lru_cache(maxsize=256)
def _compile(text: str) -> tuple[str, bool, int]:
    """(what is wrong, whether it is the expression that is wrong, the greatest cost)."""
    environment = environments.devices()
    try:
        kind = environment.compile(text).type
    except InstantiationError as error:
        return f"program instantiation failed: {error.message}", False, 0
    except CelError as error:
        return f"compilation failed: {error.message}", True, 0
    if kind not in (BOOL, ANY):
        return f"must evaluate to bool or the unknown type, not {print_type(kind)}", True, 0
    return "", True, estimate(environment.check(text)[1], _greatest)


def _greatest(path: tuple[str, ...]) -> int | None:
    """The greatest size of a part of ``device`` (see `cel.estimate.Sizes`)."""
    if path[0] != "device":
        return None
    if len(path) == 1:
        return 0
    field, below = path[1], path[2:]
    if field == "driver":
        return None if below else _DOMAIN
    if field not in ("attributes", "capacity"):
        return None if below else 0
    keys, values = (_DOMAIN, _NAME), ("@items", "@values")
    for depth, name in enumerate(below):
        if depth == 2:
            return None
        if name == "@keys":
            return keys[depth] if len(below) == depth + 1 else None
        if name not in values and not (field == "attributes" and depth == 1):
            return None
    return (_ENTRIES, _ENTRIES, _VALUE if field == "attributes" else 0)[len(below)]
