"""Arithmetic on named quantities (``ResourceList``).

Source: k8s.io/apiserver ``pkg/quota/v1/resources.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kubegate.api.quantity import ZERO, Quantity

Amounts: TypeAlias = dict[str, Quantity]
"""Resource name -> quantity."""

ONE = Quantity(1)


def read(values: Mapping[str, Any] | None) -> Amounts:
    """A JSON resource list with its quantities parsed."""
    return {name: Quantity.of(value) for name, value in (values or {}).items()}


def write(amounts: Amounts) -> dict[str, str]:
    """The same as JSON."""
    return {name: str(amount) for name, amount in amounts.items()}


def add(one: Amounts, other: Amounts) -> Amounts:
    """The sum; a name that only one has keeps its amount."""
    total = dict(one)
    for name, amount in other.items():
        total[name] = total[name].add(amount) if name in total else amount
    return total


def subtract(one: Amounts, other: Amounts) -> Amounts:
    """The difference; a name that only the other has becomes negative."""
    rest = dict(one)
    for name, amount in other.items():
        rest[name] = rest[name].sub(amount) if name in rest else amount.negated()
    return rest


def maximum(one: Amounts, other: Amounts) -> Amounts:
    """The larger amount of each name."""
    largest = dict(one)
    for name, amount in other.items():
        if name not in largest or amount > largest[name]:
            largest[name] = amount
    return largest


def mask(amounts: Amounts, names: Iterable[str]) -> Amounts:
    """Only these names."""
    wanted = set(names)
    return {name: amount for name, amount in amounts.items() if name in wanted}


def without_zeros(amounts: Amounts) -> Amounts:
    """Only what is not zero."""
    return {name: amount for name, amount in amounts.items() if amount.sign()}


def exceeding(amounts: Amounts, limits: Amounts) -> list[str]:
    """The names of which there is more than the limit, sorted; names without a limit never exceed."""
    return sorted(name for name, amount in amounts.items() if name in limits and amount > limits[name])


def negative(amounts: Amounts) -> list[str]:
    """The names with less than nothing, sorted."""
    return sorted(name for name, amount in amounts.items() if amount < ZERO)


def shown(amounts: Amounts) -> str:
    """``cpu=1,memory=2Gi``, sorted by name."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))
