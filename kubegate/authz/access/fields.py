"""The types of an AccessPolicy's fields.

A policy that says something else than its author means is worse than none: what RBAC would read as a name that nothing has
(``pods/*``), as any name (``""``) or as no limit at all (a misspelt selector) is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from kubegate.api.catalog import builtin
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.timestamps import normalize

_IN_LOWER_CASE = "requests have only lower case letters there"
_VERBS = frozenset(["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"])


def _instant(value: object) -> datetime:
    """RFC 3339 with a zone, as everywhere in the API; numbers and dates would be read as times that nobody meant."""
    if not isinstance(value, str):
        raise ValueError('must be a text of RFC 3339 with its time zone ("2026-01-31T08:00:00Z")')
    try:
        return datetime.fromisoformat(normalize(value))
    except (DecodeError, OverflowError) as error:
        raise ValueError(f"{error}: must be of RFC 3339 with its time zone (2026-01-31T08:00:00Z)") from error


def _each(wrong: Callable[[str], bool], complaint: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if wrong(text):
            raise ValueError(f"{text!r}: {complaint}")
        return text

    return check


def _is_mistaken_resource(text: str) -> bool:
    return "*" in text and text != "*" and not (text.startswith("*/") and "*" not in text[2:])


def _is_shouted_verb(text: str) -> bool:
    return text != text.lower() and text.lower() in _VERBS


def _is_shouted_resource(text: str) -> bool:
    """Metrics, which are resources too, may have any letters."""
    name = text.partition("/")[0]
    return name != name.lower() and any(resource.gvr.resource == name.lower() for resource in builtin())


class _Expression(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] = []


class _LabelSelector(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matchLabels: dict[str, str] = {}
    matchExpressions: list[_Expression] = []


def _label_selector(value: dict[str, Any]) -> dict[str, Any]:
    try:
        _LabelSelector.model_validate(value)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ValueError("; ".join(faults)) from error
    return value


_Text = Annotated[str, StringConstraints(min_length=1)]
_LOWER = AfterValidator(_each(lambda text: text != text.lower(), _IN_LOWER_CASE))
_WHOLE_STAR = AfterValidator(_each(lambda text: "*" in text and text != "*", "* stands only for all"))
_Word = Annotated[_Text, _WHOLE_STAR, AfterValidator(_each(_is_shouted_verb, _IN_LOWER_CASE))]
_Resource = Annotated[
    _Text,
    AfterValidator(_each(_is_mistaken_resource, "* stands only for all resources, or in */SUBRESOURCE")),
    AfterValidator(_each(_is_shouted_resource, _IN_LOWER_CASE)),
]
_Name = Annotated[_Text, AfterValidator(_each(lambda text: "*" in text, "patterns go into resourceNamePatterns"))]
_Path = Annotated[
    _Text, AfterValidator(_each(lambda text: "*" in text.rstrip("*"), "* stands for the end of a path, and only there"))
]

Words: TypeAlias = list[_Word]
Groups: TypeAlias = list[Annotated[str, _WHOLE_STAR, _LOWER]]
Resources: TypeAlias = list[_Resource]
Names: TypeAlias = list[_Name]
Patterns: TypeAlias = list[_Text]
Paths: TypeAlias = list[_Path]
Selector: TypeAlias = Annotated[dict[str, Any], AfterValidator(_label_selector)]
Instant: TypeAlias = Annotated[datetime, BeforeValidator(_instant)]
