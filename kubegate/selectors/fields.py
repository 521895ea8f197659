r"""The field selector language: ``spec.nodeName=n1,status.phase!=Running``.

A comma separates terms and `\` escapes `\`, `,` and `=` in values; nothing is trimmed, and empty terms count for nothing.
The language is regular with an escape, so it is read by hand; the grammar of label selectors does not apply to it.

Source: apimachinery ``pkg/fields``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kubegate.selectors.errors import SelectorError

_TERM = re.compile(r"(?:[^\\,]|\\.|\\$)+", re.DOTALL)
_OPERATOR = re.compile(r"!=|==|=")
_ESCAPES = re.compile(r"\\(.)|\\$|([,=])", re.DOTALL)
_SPECIAL = re.compile(r"[\\,=]")

Transform: TypeAlias = Callable[[str], str]
"""A field label as the client names it -> as the object has it; raises `SelectorError` if it is not supported."""


class FieldRequirement(NamedTuple):
    """One condition on one field; an absent field counts as ""."""

    field: str
    operator: str
    """``=`` or ``!=``."""
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{_SPECIAL.sub(lambda found: chr(92) + found[0], self.value)}"


class FieldSelector:
    """All of its requirements, in the order of the terms' texts; immutable."""

    __slots__ = ("_tests", "requirements")

    def __init__(self, requirements: Iterable[FieldRequirement] = ()) -> None:
        self.requirements = tuple(requirements)
        self._tests = tuple((part.field, part.value, part.operator == "=") for part in self.requirements)

    @property
    def empty(self) -> bool:
        """It restricts nothing."""
        return not self.requirements

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Does an object with these fields satisfy every requirement?"""
        get = fields.get
        return all((get(field, "") == value) is equal for field, value, equal in self._tests)

    def exact_value(self, field: str) -> str | None:
        """The value that the selector demands of a field, if it demands one."""
        for requirement in self.requirements:
            if requirement.field == field and requirement.operator == "=":
                return requirement.value
        return None

    def transform(self, label: Transform) -> FieldSelector:
        """The selector with its field labels converted; raises what ``label`` raises for the first one not supported."""
        return FieldSelector(FieldRequirement(label(part.field), part.operator, part.value) for part in self.requirements)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"FieldSelector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self.requirements == other.requirements if isinstance(other, FieldSelector) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.requirements)


@lru_cache(maxsize=1024)
def parse(text: str) -> FieldSelector:
    """The selector that a text means; raises `SelectorError` in the words of ``fields.ParseSelector``."""
    terms = sorted(_TERM.finditer(text), key=lambda found: found[0])
    found = (_requirement(term[0], term.start(), text) for term in terms)
    return FieldSelector(part for part in found if part.field or part.value)


def _requirement(term: str, start: int, text: str) -> FieldRequirement:
    operator = _OPERATOR.search(term)
    if operator is None:
        message = f"invalid selector: '{text}'; can't understand '{term}'"
        raise SelectorError(message, text=text, position=start, expectation="'=', '==' or '!='")
    value = _unescape(term[operator.end() :], start + operator.end(), text)
    return FieldRequirement(term[: operator.start()], "!=" if operator[0] == "!=" else "=", value)


def _unescape(value: str, start: int, text: str) -> str:
    def replace(found: re.Match[str]) -> str:
        position = start + found.start()
        if found[2]:
            message = f"invalid field selector: unescaped character in value: {ord(found[2])}"
            raise SelectorError(message, text=text, position=position)
        if found[1] is None or found[1] not in "\\,=":
            message = f"invalid field selector: invalid escape sequence: {found[0]}"
            raise SelectorError(message, text=text, position=position)
        return found[1]

    return _ESCAPES.sub(replace, value)
