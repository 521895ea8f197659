"""``null`` in a configuration file, as Go reads it: a field keeps its zero value, an element of a list is its type's.

Source: Go's ``encoding/json`` ("the JSON null value unmarshals ... no effect").
"""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel


def without_nulls(value: Any, annotation: Any) -> Any:
    """The value for a field (or whole model) of that type, without the nulls that have no effect.

    Kept are those of unknown fields, which the model complains of, and of fields that bring their own decoder."""
    kind = _required(annotation)
    if get_origin(kind) is list and isinstance(value, list):
        return [_element(item, get_args(kind)[0]) for item in value]
    if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, dict):
        return {key: _field(item, kind, key) for key, item in value.items() if not _without_effect(item, kind, key)}
    return value


def _field(value: Any, model: type[BaseModel], name: str) -> Any:
    field = model.model_fields.get(name)
    return value if field is None else without_nulls(value, field.annotation)


def _without_effect(value: Any, model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return value is None and field is not None and not field.metadata


def _element(value: Any, annotation: Any) -> Any:
    if value is not None:
        return without_nulls(value, annotation)
    if annotation is str:
        return ""
    return {} if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _required(annotation: Any) -> Any:
    choices = [choice for choice in get_args(annotation) if choice is not NoneType]
    return choices[0] if len(choices) == 1 and NoneType in get_args(annotation) else annotation
