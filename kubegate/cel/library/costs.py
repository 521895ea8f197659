"""What calls cost at run time.

Source: cel-go ``interpreter/runtimecost.go``, k8s.io/apiserver ``pkg/cel/library/cost.go``.
"""

from __future__ import annotations

import math
from typing import Any

from kubegate.cel.declarations import Cost
from kubegate.cel.operators import cost_size

Values = tuple[Any, ...]


def _part(size: float, factor: float = 0.1) -> int:
    return math.ceil(size * factor)


def string_traversal(args: Values, _result: Any) -> int:
    """Once over a string or bytes; 1 for other arguments."""
    return _part(len(args[0])) if type(args[0]) in (str, bytes) else 1


def once(args: Values, _result: Any) -> int:
    """Once over the first argument."""
    return _part(cost_size(args[0]))


def twice(args: Values, _result: Any) -> int:
    """Over the first argument, and building the result."""
    return _part(cost_size(args[0]), 0.2)


def result_twice(_args: Values, result: Any) -> int:
    """Over the result twice (``join``)."""
    return _part(cost_size(result), 0.2)


def membership(args: Values, _result: Any) -> int:
    """``in`` a list: every element; in a map: 1."""
    return len(args[1]) if type(args[1]) in (list, tuple) else 1


def product(args: Values, _result: Any) -> int:
    """``contains``: string times substring."""
    return _part(cost_size(args[0])) * _part(cost_size(args[1]))


def regex(args: Values, _result: Any) -> int:
    """A match: string times pattern."""
    return _part(1 + cost_size(args[0])) * _part(cost_size(args[1]), 0.25)


def elements(args: Values, _result: Any) -> int:
    """Once over a list, each element counted with its own traversal."""
    value = args[0]
    if type(value) in (list, tuple):
        return sum(elements((item,), None) for item in value)
    if type(value) in (str, bytes):
        return _part(len(value))
    return 1


def square(args: Values, _result: Any) -> int:
    """Each element with each other."""
    if len(args) < 2:
        return cost_size(args[0]) ** 2
    return max(1, cost_size(args[0]) * cost_size(args[1]))


def selector(args: Values, _result: Any) -> int:
    """Parsing a selector: the text, and about one requirement for two characters."""
    length = cost_size(args[1])
    return 10 + _part(length) + math.ceil(math.ceil(length * 0.5) * 50)


def fixed(cost: int) -> Cost:
    """The same for every call."""

    def of(_args: Values, _result: Any) -> int:
        return cost

    return of
