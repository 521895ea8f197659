"""What apply has to know of a type: which lists merge and how, what is written as a whole.

Source: structured-merge-diff ``schema``; the OpenAPI extensions x-kubernetes-list-type, -list-map-keys and -map-type.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema.codecs import Codec, Field, Map, Pointer, Slice, Struct
from kubegate.api.schema.scalars import Boolean, Bytes, Integer, Number, Raw, Text
from kubegate.api.schema.table import builtin


@dataclass(slots=True)
class Scalar:
    """``kind``: string, numeric, boolean, or untyped (any scalar)."""

    kind: str


@dataclass(slots=True)
class ListShape:
    """``relation``: atomic, set, map (items known by ``keys``; ``defaults`` for absent ones)."""

    item: Shape
    relation: str = "atomic"
    keys: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class MapShape:
    """An object: declared ``fields``, and the shape of the others (None: there are none)."""

    fields: dict[str, Shape]
    other: Shape | None = None
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Deduced:
    """Whatever is there: objects by field, lists as a whole."""


Shape = Scalar | ListShape | MapShape | Deduced

DEDUCED = Deduced()
_SCALARS: tuple[tuple[type, str], ...] = (
    (Text, "string"),
    (Bytes, "string"),
    (Boolean, "boolean"),
    (Integer, "numeric"),
    (Number, "numeric"),
)


@functools.cache
def builtin_shape(gvk: GroupVersionKind) -> Shape:
    """The shape of a built-in kind; `Deduced` for others."""
    codec = builtin().kind(gvk)
    return _Builder().shape(codec, {}) if codec else DEDUCED


class _Builder:
    def __init__(self) -> None:
        self._structs: dict[int, MapShape] = {}

    def shape(self, codec: Codec, extra: Mapping[str, Any]) -> Shape:
        while isinstance(codec, Pointer):
            codec = codec.target
        if isinstance(codec, Struct):
            return self._struct(codec, atomic=codec.atomic or extra.get("mt") == "atomic")
        if isinstance(codec, Map):
            return MapShape({}, self.shape(codec.item, {}), atomic=extra.get("mt") == "atomic")
        if isinstance(codec, Slice):
            return self._list(codec, extra)
        if isinstance(codec, Raw):
            return DEDUCED
        return Scalar(next((kind for known, kind in _SCALARS if isinstance(codec, known)), "untyped"))

    def _struct(self, codec: Struct, *, atomic: bool) -> MapShape:
        key = id(codec) * 2 + atomic
        found = self._structs.get(key)
        if found is None:
            found = self._structs[key] = MapShape({}, None, atomic)
            found.fields.update({name: self.shape(f.codec, f.extra) for name, f in codec.fields.items()})
        return found

    def _list(self, codec: Slice, extra: Mapping[str, Any]) -> ListShape:
        relation, keys = str(extra.get("lt", "atomic")), tuple(extra.get("mk", ()))
        item = codec.item
        while isinstance(item, Pointer):
            item = item.target
        defaults = {key: _default(item.fields[key]) for key in keys if isinstance(item, Struct) and key in item.fields}
        defaults = {key: value for key, value in defaults.items() if value is not None}
        return ListShape(self.shape(codec.item, {}), relation, keys, defaults)


def _default(of: Field) -> Any:
    """The default of a list's key: Protocol's is TCP; a field that is always written has its zero value."""
    if of.codec.go == "v1.Protocol":
        return "TCP"
    return of.codec.zero if of.always else None
