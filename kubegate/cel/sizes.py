"""Sums and products that stay within 64 bits, for estimates of sizes and costs. Source: cel-go ``checker/cost.go``."""

from __future__ import annotations

import math

from kubegate.cel.values import UINT_MAX

Size = tuple[int, int]
"""The least and the greatest size."""

UNKNOWN: Size = (0, UINT_MAX)


def add(*numbers: int) -> int:
    """The sum."""
    return min(sum(numbers), UINT_MAX)


def multiply(a: int, b: int) -> int:
    """The product."""
    return min(a * b, UINT_MAX)


def scaled(number: int, factor: float) -> int:
    """A number times a cost factor, rounded up."""
    return UINT_MAX if number > UINT_MAX / factor else math.ceil(number * factor)


def plus(a: Size, b: Size) -> Size:
    """The size of two things together."""
    return add(a[0], b[0]), add(a[1], b[1])


def times(a: Size, b: Size) -> Size:
    """The size of one thing for each of another."""
    return multiply(a[0], b[0]), multiply(a[1], b[1])


def union(a: Size, b: Size) -> Size:
    """The size of one or the other."""
    return min(a[0], b[0]), max(a[1], b[1])
