"""What calls cost at run time.

Source: cel-go ``interpreter/runtimecost.go`` and ``ext/{lists,sets}.go``, k8s.io/apiserver ``pkg/cel/library/cost.go``.
"""

from __future__ import annotations

import math
from typing import Any

from kubegate.cel.declarations import Cost
from kubegate.cel.operators import cost_size

Values = tuple[Any, ...]
_NEW_LIST = 11
"""A call, and the list that it makes."""


def _part(size: float, factor: float = 0.1) -> int:
    return math.ceil(size * factor)


def once(args: Values, _result: Any) -> int:
    """Once over the first argument."""
    return _part(cost_size(args[0]))


def twice(args: Values, _result: Any) -> int:
    """Over the first argument, and building the result."""
    return _part(cost_size(args[0]), 0.2)


def result_twice(_args: Values, result: Any) -> int:
    """Over the result twice (``join``)."""
    return _part(cost_size(result), 0.2)


def members(args: Values, _result: Any) -> int:
    """``in`` a list: every element."""
    return cost_size(args[1])


def product(args: Values, _result: Any) -> int:
    """``contains``: string times substring."""
    return _part(cost_size(args[0])) * _part(cost_size(args[1]))


def regex(args: Values, _result: Any) -> int:
    """A match: string times pattern."""
    return _part(1 + cost_size(args[0])) * _part(cost_size(args[1]), 0.25)


def elements(args: Values, _result: Any) -> int:
    """Once over a tree of lists and maps: a tenth of the bytes of each text, rounded down; 1 for other leaves."""
    value = args[0]
    kind = type(value)
    if kind is str:
        return int(len(value.encode()) * 0.1)
    if kind is bytes:
        return int(len(value) * 0.1)
    if kind is list or kind is tuple:
        return sum(elements((item,), None) for item in value)
    if kind is dict:
        return sum(elements((key,), None) + elements((item,), None) for key, item in value.items())
    return 1


def made_list(_args: Values, result: Any) -> int:
    """Making a list of the result's elements."""
    return _NEW_LIST + cost_size(result)


def flattened(args: Values, _result: Any) -> int:
    """Making a list of the first argument's elements, once for each level."""
    return _NEW_LIST + cost_size(args[0]) * (int(args[1]) if len(args) == 2 else 1)


def self_compared(items: Any) -> int:
    """Making a list after each element was compared with each other twice; texts cost a tenth more."""
    count = len(items)
    factor = 2.1 if count and type(items[0]) in (str, bytes) else 2.0
    return _NEW_LIST + int(count * count * factor)


def sorted_by_itself(args: Values, _result: Any) -> int:
    """``sort`` and ``distinct``."""
    return self_compared(args[0])


def sorted_by_keys(args: Values, _result: Any) -> int:
    """``sortBy``: the keys are compared."""
    return self_compared(args[1])


def pairs(args: Values, _result: Any) -> int:
    """Each element of a set with each of the other."""
    return 1 + cost_size(args[0]) * cost_size(args[1])


def pairs_twice(args: Values, _result: Any) -> int:
    """The same in both directions."""
    return 1 + 2 * cost_size(args[0]) * cost_size(args[1])


def selector(args: Values, _result: Any) -> int:
    """Parsing a selector: the text, and about one requirement for two characters."""
    length = cost_size(args[1])
    return 10 + _part(length) + math.ceil(math.ceil(length * 0.5) * 50)


def fixed(cost: int) -> Cost:
    """The same for every call."""

    def of(_args: Values, _result: Any) -> int:
        return cost

    return of
