"""The syntax tree of label selectors: requirements and their conjunction, matching and canonical printing.

Source: apimachinery ``pkg/labels`` and ``pkg/selection``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from kubegate.api.field_errors import FieldError, invalid
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors


class Operator(StrEnum):
    """How a key relates to values; the text is that of ``selection.Operator``."""

    IN = "in"
    NOT_IN = "notin"
    EQUALS = "="
    DOUBLE_EQUALS = "=="
    NOT_EQUALS = "!="
    GREATER_THAN = "gt"
    LESS_THAN = "lt"
    EXISTS = "exists"
    DOES_NOT_EXIST = "!"


SET_BASED = frozenset((Operator.IN, Operator.NOT_IN))
INTEGER_BASED = frozenset((Operator.GREATER_THAN, Operator.LESS_THAN))
UNARY = frozenset((Operator.EXISTS, Operator.DOES_NOT_EXIST))
NEGATIVE = frozenset((Operator.NOT_IN, Operator.NOT_EQUALS, Operator.EXISTS))
"""Operators that match when the label's value (None: no such label) is *outside* a set."""

_SYMBOLS = {
    Operator.EQUALS: "=",
    Operator.DOUBLE_EQUALS: "==",
    Operator.NOT_EQUALS: "!=",
    Operator.GREATER_THAN: ">",
    Operator.LESS_THAN: "<",
}

_INTEGER = re.compile(r"[+-]?[0-9]+")
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


def parse_int64(text: str) -> int | None:
    """``strconv.ParseInt(text, 10, 64)``; None where it fails."""
    if not _INTEGER.fullmatch(text):
        return None
    value = int(text)
    return value if INT64_MIN <= value <= INT64_MAX else None


class IntegerRange(Container[str | None]):
    """The texts of integers strictly between two bounds."""

    __slots__ = ("above", "below")

    def __init__(self, above: int = INT64_MIN - 1, below: int = INT64_MAX + 1) -> None:
        self.above = above
        self.below = below

    def __contains__(self, text: object) -> bool:
        value = parse_int64(text) if isinstance(text, str) else None
        return value is not None and self.above < value < self.below


_ABSENT: frozenset[str | None] = frozenset((None,))

Test: TypeAlias = "tuple[str, Container[str | None], bool]"
"""A compiled requirement: key, values, and whether the label's value (None: no such label) must be among them."""


class Requirement(NamedTuple):
    """One condition on one label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def compile(self) -> Test:
        """The form that matching uses."""
        values: Container[str | None]
        if self.operator in UNARY:
            values = _ABSENT
        elif self.operator is Operator.GREATER_THAN:
            values = IntegerRange(above=int(self.values[0]))
        elif self.operator is Operator.LESS_THAN:
            values = IntegerRange(below=int(self.values[0]))
        else:
            values = frozenset(self.values)
        return self.key, values, self.operator not in NEGATIVE

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Does the label set satisfy the condition? (A missing label satisfies ``!=`` and ``notin``.)"""
        key, values, among = self.compile()
        return (labels.get(key) in values) is among

    def __str__(self) -> str:
        if self.operator in UNARY:
            return f"!{self.key}" if self.operator is Operator.DOES_NOT_EXIST else self.key
        joined = ",".join(sorted(self.values))
        if self.operator in SET_BASED:
            return f"{self.key} {self.operator.value} ({joined})"
        return f"{self.key}{_SYMBOLS[self.operator]}{joined}"


class LabelSelector:
    """All of its requirements, kept in the order of their keys; immutable.

    ``selectable`` is False for the selector that matches nothing (a LabelSelector object that is absent).
    """

    __slots__ = ("_tests", "requirements", "selectable")

    def __init__(self, requirements: Iterable[Requirement] = (), *, selectable: bool = True) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda requirement: requirement.key))
        self.selectable = selectable
        self._tests = tuple(requirement.compile() for requirement in self.requirements)

    @property
    def empty(self) -> bool:
        """It restricts nothing."""
        return self.selectable and not self.requirements

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Does a label set satisfy every requirement?"""
        get = labels.get
        for key, values, among in self._tests:
            if (get(key) in values) is not among:
                return False
        return self.selectable

    def exact_value(self, key: str) -> str | None:
        """The one value that the first requirement on ``key`` demands, if it demands one."""
        for requirement in self.requirements:
            if requirement.key == key:
                exact = requirement.operator in (Operator.EQUALS, Operator.DOUBLE_EQUALS, Operator.IN)
                return requirement.values[0] if exact and len(requirement.values) == 1 else None
        return None

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"LabelSelector({str(self)!r})" if self.selectable else "LabelSelector(selectable=False)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelSelector):
            return NotImplemented
        return self.requirements == other.requirements and self.selectable == other.selectable

    def __hash__(self) -> int:
        return hash((self.requirements, self.selectable))


EVERYTHING = LabelSelector()
NOTHING = LabelSelector(selectable=False)


def requirement_errors(key: str, operator: Operator, values: Iterable[str]) -> list[FieldError]:
    """What ``labels.NewRequirement`` finds wrong, without a path in front."""
    faults = [invalid("key", key, "; ".join(found))] if (found := label_key_errors(key)) else []
    values = list(values)
    faults += _count_errors(operator, values)
    if operator in INTEGER_BASED:
        faults += [
            invalid(f"values[{index}]", value, "for 'Gt', 'Lt' operators, the value must be an integer")
            for index, value in enumerate(values)
            if parse_int64(value) is None
        ]
    for index, value in enumerate(values):
        if found := label_value_errors(value):
            faults.append(invalid(f"values[{index}][{key}]", value, "; ".join(found)))
    return faults


def _count_errors(operator: Operator, values: list[str]) -> list[FieldError]:
    if operator in SET_BASED:
        wrong, detail = not values, "for 'in', 'notin' operators, values set can't be empty"
    elif operator in UNARY:
        wrong, detail = bool(values), "values set must be empty for exists and does not exist"
    elif operator in INTEGER_BASED:
        wrong, detail = len(values) != 1, "for 'Gt', 'Lt' operators, exactly one value is required"
    else:
        wrong, detail = len(values) != 1, "exact-match compatibility requires one single value"
    return [invalid("values", values, detail)] if wrong else []
