"""What a call may cost at most besides its arguments, and how large its result may be.

Source: cel-go ``checker/cost.go`` and ``ext/{lists,sets}.go``; apiserver ``pkg/cel/library/cost.go``.
"""

from __future__ import annotations

from typing import NamedTuple

from kubegate.cel.sizes import UNKNOWN, Size, add, multiply, plus, scaled, times, union
from kubegate.cel.values import UINT_MAX

_TRAVERSAL, _REGEX = 0.1, 0.25
_AUTHORIZATION_CHECK = 350_000
_NEW_LIST = 11
_ADDRESS: Size = (4, 16)
_AGGREGATES = frozenset(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"))
_COMPARISONS = frozenset(
    f"{verb}_{kind}" for verb in ("less", "less_equals", "greater", "greater_equals") for kind in ("string", "bytes")
) | {"equals", "not_equals"}


class Estimated(NamedTuple):
    """The greatest cost of a call; the size of its result where that is known."""

    cost: int
    size: Size | None = None


def function_estimate(
    function: str, overload: str, target: Size | None, args: list[Size], element: tuple[str, Size] | None
) -> Estimated:
    """The estimate of a call of an overload. ``element``: the kind and size of the elements of the list that it is about."""
    subject = target if target is not None else args[0] if args else UNKNOWN
    if function == "check":
        return Estimated(_AUTHORIZATION_CHECK)
    if function in _AGGREGATES and target is not None:
        return _aggregate(target, element)
    if function in ("lowerAscii", "upperAscii", "substring", "trim") and target is not None:
        return Estimated(_walk(target), target)
    if function in ("replace", "split", "join", "find", "findAll") and target is not None:
        return _text(function, target, args, element)
    if function in ("containsIP", "containsCIDR"):
        return Estimated(_contains(function, overload, args))
    if function.startswith("sets.") and len(args) == 2:
        factor = 2 if function == "sets.equivalent" else 1
        return Estimated(add(multiply(multiply(args[0][1], args[1][1]), factor), 1))
    if function == "url":
        return Estimated(_walk(subject))
    return _standard(overload, target, args)


def list_estimate(function: str, target: Size, literals: list[int | None], element: str) -> Estimated | None:
    """The estimate of a function that makes lists; ``literals``: those arguments that are integers in the text."""
    size, factor = target, 1.0
    if function == "slice":
        start, end = literals
        size = _fixed((target[1] if end is None else max(end, 0)) - max(start or 0, 0))
    elif function == "lists.range":
        size = _fixed(UINT_MAX if literals[0] is None else max(literals[0], 0))
    elif function == "flatten":
        factor = 1.0 if not literals else float(UINT_MAX if literals[0] is None else max(literals[0], 0))
    elif function in ("distinct", "sort", "@sortByAssociatedKeys"):
        size, factor = times(target, target), 2.1 if function != "distinct" and element in ("string", "bytes") else 2.0
    elif function != "reverse":
        return None
    return Estimated(add(scaled(size[1], factor) if factor else 0, _NEW_LIST), size)


def _fixed(size: int) -> Size:
    """A difference may be negative, which the server counts as a very large size."""
    size %= UINT_MAX + 1
    return size, size


def _walk(size: Size, factor: float = _TRAVERSAL) -> int:
    return scaled(size[1], factor)


def _aggregate(target: Size, element: tuple[str, Size] | None) -> Estimated:
    if element is None:
        return Estimated(_walk(target))
    kind, size = element
    each = add(1, _walk(size)) if kind in ("string", "bytes") else 1
    return Estimated(multiply(target[1], each))


def _text(function: str, target: Size, args: list[Size], element: tuple[str, Size] | None) -> Estimated:
    if function == "replace":
        return Estimated(_walk(target, 2 * _TRAVERSAL), _replaced(target, args[0], args[1]))
    if function == "split":
        return Estimated(_walk(target, 2 * _TRAVERSAL), (0, target[1]))
    if function == "join":
        size = times(target, element[1] if element else UNKNOWN)
        if args:
            size = plus(size, times(args[0], (max(target[0] - 1, 0), max(target[1] - 1, 0))))
        return Estimated(_walk(size), size)
    pattern = scaled(args[0][1], _REGEX)
    return Estimated(multiply(scaled(add(target[1], 1), _TRAVERSAL), pattern), (0, target[1]))


def _replaced(text: Size, old: Size, new: Size) -> Size:
    """Between the shortest and the longest result of replacing."""
    if old[0] == 0:
        longest = add(multiply(add(text[1], 1), new[1]), text[1])
    elif new[1] <= old[0]:
        longest = text[1]
    else:
        longest = multiply(-(-text[1] // old[0]), new[1])
    if old[1] == 0:
        shortest = add(multiply(add(text[0], 1), new[0]), text[0])
    elif old[1] <= new[0]:
        shortest = text[0]
    else:
        shortest = multiply(-(-text[0] // old[1]), new[0])
    return shortest, longest


def _contains(function: str, overload: str, args: list[Size]) -> int:
    cost = scaled(2 * _ADDRESS[1], _TRAVERSAL)
    if function == "containsCIDR":
        cost += scaled(_ADDRESS[1], _TRAVERSAL) + 1
    return add(cost, _walk(args[0])) if overload.endswith("_string") else cost


def _standard(overload: str, target: Size | None, args: list[Size]) -> Estimated:
    if overload in ("string_to_bytes", "bytes_to_string", "strings_quote"):
        return _converted(overload, args[0])
    if overload == "string_format" and target is not None:
        return Estimated(_walk(target))
    if overload in ("starts_with_string", "ends_with_string"):
        return Estimated(_walk(args[0]))
    if overload == "in_list":
        return Estimated(args[1][1])
    if overload == "matches_string" and target is not None:
        return Estimated(multiply(scaled(add(target[1], 1), _TRAVERSAL), scaled(args[0][1], _REGEX)))
    if overload == "contains_string" and target is not None:
        return Estimated(multiply(_walk(target), _walk(args[0])))
    if overload in ("add_string", "add_bytes"):
        return Estimated(_walk(plus(args[0], args[1])), plus(args[0], args[1]))
    if overload == "add_list":
        return Estimated(1, plus(args[0], args[1]))
    if overload == "conditional":
        return Estimated(0, union(args[1], args[2]))
    if overload in _COMPARISONS:
        return Estimated(scaled(min(args[0][1], args[1][1]), _TRAVERSAL))
    return Estimated(1)


def _converted(overload: str, size: Size) -> Estimated:
    cost = _walk(size)
    if overload == "string_to_bytes":
        return Estimated(cost, (size[0], min(size[1] * 4, UINT_MAX)))
    if overload == "bytes_to_string":
        return Estimated(cost, (size[0] // 4, size[1]))
    return Estimated(cost, (size[0] + 2, min(size[1] * 2 + 2, UINT_MAX)))
