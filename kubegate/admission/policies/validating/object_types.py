"""The types of objects, for checking expressions against them.

Source: k8s.io/apiserver ``pkg/cel/common/schemas.go`` (SchemaDeclType).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema.codecs import Codec, Map, Pointer, Slice, Struct
from kubegate.api.schema.scalars import Boolean, Bytes, Integer, IntOrString, Number, QuantityCodec, Text, Timestamp
from kubegate.api.schema.table import builtin
from kubegate.cel.scope import Fields
from kubegate.cel.types import BOOL, BYTES, DOUBLE, DYN, INT, STRING, TIMESTAMP, Type, list_of, map_of, object_type

ObjectTypes: TypeAlias = tuple[Type, dict[str, Fields]]
"""The type of a kind and the fields of all object types in it."""
FindTypes: TypeAlias = Callable[[GroupVersionKind], ObjectTypes | None]

_SIMPLE: tuple[tuple[type, Type], ...] = (
    (Text, STRING),
    (Integer, INT),
    (Number, DOUBLE),
    (Boolean, BOOL),
    (Bytes, BYTES),
    (Timestamp, TIMESTAMP),
    (IntOrString, DYN),
)


@cache
def object_types(kind: GroupVersionKind) -> ObjectTypes | None:
    """The types of a built-in kind; None for other kinds."""
    codec = builtin().kind(kind)
    if codec is None:
        return None
    objects: dict[str, Fields] = {}
    made = _type(codec, kind.kind, objects)
    return None if made is None else (made, objects)


def _type(codec: Codec, prefix: str, objects: dict[str, Fields]) -> Type | None:
    """None for what has no type in expressions (quantities: their schema is a choice); such fields are not there."""
    while isinstance(codec, Pointer):
        codec = codec.target
    for kind, made in _SIMPLE:
        if isinstance(codec, kind):
            return made
    if isinstance(codec, QuantityCodec):
        return None
    if isinstance(codec, Slice | Map):
        item = _type(codec.item, prefix, objects)
        if item is None:
            return None
        return list_of(item) if isinstance(codec, Slice) else map_of(STRING, item)
    return _struct(codec, prefix, objects) if isinstance(codec, Struct) else DYN


def _struct(codec: Struct, prefix: str, objects: dict[str, Fields]) -> Type:
    name = f"{prefix}.{codec.go}"
    if name not in objects:
        fields: dict[str, Type] = {}
        objects[name] = fields
        for field_name, field in codec.fields.items():
            made = _type(field.codec, prefix, objects)
            if made is not None:
                fields[field_name] = made
    return object_type(name)
