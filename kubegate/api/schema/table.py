"""The built-in kinds as codecs, made from ``types.json`` when first asked for (see ``tools/types/generate.py``)."""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import Any

import orjson

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema import timestamps
from kubegate.api.schema.codecs import Codec, Field, Map, Pointer, Slice, Struct
from kubegate.api.schema.json_schema import SchemaOrArray, SchemaOrBool, SchemaOrStrings
from kubegate.api.schema.scalars import Boolean, Bytes, Integer, IntOrString, Number, QuantityCodec, Raw, Text, Timestamp

_OMITEMPTY, _OMITZERO = 1, 2
_OPTIONS = (
    "CreateOptions",
    "DeleteOptions",
    "GetOptions",
    "ListOptions",
    "PatchOptions",
    "UpdateOptions",
    "Status",
    "WatchEvent",
)
_PACKAGES = re.compile(r"[a-z0-9/]*/(?=[a-z0-9]+\.)")


def go_name(expression: str) -> str:
    """A type as Go prints it: ``[]core/v1.Pod`` -> ``[]v1.Pod``."""
    return _PACKAGES.sub("", expression)


class TypeTable:
    """Every type by its id (``core/v1.Pod``) or expression (``[]core/v1.Container``); every kind."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._types: dict[str, dict[str, list[Any]]] = document["types"]
        self._aliases: dict[str, str] = document["aliases"]
        self._kinds: dict[str, str] = document["kinds"]
        self._atomic = frozenset(document["atomic"])
        self.served = frozenset(document["served"])
        self._codecs: dict[str, Codec] = {
            "bool": Boolean("bool"),
            "string": Text("string"),
            "int32": Integer("int32", 32),
            "int64": Integer("int64", 64),
            "int": Integer("int", 64),
            "uint8": Integer("uint8", 8, signed=False),
            "float64": Number(),
            "[]uint8": Bytes(),
            "interface {}": Raw("interface {}"),
            "meta/v1.Time": Timestamp("v1.Time", timestamps.SECONDS),
            "meta/v1.MicroTime": Timestamp("v1.MicroTime", timestamps.MICROS),
            "meta/v1.FieldsV1": Raw("v1.FieldsV1"),
            "runtime.RawExtension": Raw("runtime.RawExtension"),
            "apiextensions/v1.JSON": Raw("v1.JSON"),
            "resource.Quantity": QuantityCodec(),
            "intstr.IntOrString": IntOrString(),
        }

    def kind_id(self, gvk: GroupVersionKind) -> str | None:
        """The id of a kind's type, None if there is no such kind."""
        found = self._kinds.get(f"{gvk.group}/{gvk.version}/{gvk.kind}")
        if found is None and gvk.kind in _OPTIONS and f"{gvk.group}/{gvk.version}" in self.served:
            return f"meta/v1.{gvk.kind}"
        return found

    def kind(self, gvk: GroupVersionKind) -> Struct | None:
        """The codec of a kind, None if there is no such kind."""
        name = self.kind_id(gvk)
        return self.struct(name) if name else None

    def kinds(self) -> list[GroupVersionKind]:
        """Every kind known, those of old versions too."""
        return [GroupVersionKind(*key.split("/", 2)) for key in self._kinds]

    def struct(self, name: str) -> Struct:
        """The codec of a struct type."""
        found = self.codec(name)
        assert isinstance(found, Struct), name
        return found

    def members(self, name: str) -> list[tuple[str, str, str]]:
        """The fields of a struct type in Go's order: JSON name, Go name, type expression."""
        return [(field, str(go), str(expression)) for field, (go, expression, *_) in self._types[name].items()]

    def target(self, expression: str) -> str:
        """What a named type is (``core/v1.ResourceList`` -> ``map[...]...``); the expression itself if it is no alias."""
        return self._aliases.get(expression, expression)

    def codec(self, expression: str) -> Codec:
        """The codec of a type expression."""
        found = self._codecs.get(expression)
        if found is None:
            found = self._codecs[expression] = self._make(expression)
        return found

    def _make(self, expression: str) -> Codec:
        if expression.startswith("*"):
            return Pointer(self.codec(expression[1:]))
        if expression.startswith("[]"):
            return Slice(self.codec(expression[2:]), go_name(expression))
        if expression.startswith("map["):
            return Map(self.codec(expression.partition("]")[2]), go_name(expression))
        if expression in self._aliases:
            return self._alias(expression)
        if expression.startswith("apiextensions/v1.JSONSchemaPropsOr"):
            return self._schema_union(expression.removeprefix("apiextensions/v1.JSONSchemaPropsOr"))
        return self._struct(expression)

    def _alias(self, name: str) -> Codec:
        target, go = self._aliases[name], go_name(name)
        if target.startswith("[]"):
            return Slice(self.codec(target[2:]), go)
        if target.startswith("map["):
            return Map(self.codec(target.partition("]")[2]), go)
        simple: dict[str, Codec] = {
            "bool": Boolean(go),
            "int32": Integer(go, 32),
            "int64": Integer(go, 64),
            "int": Integer(go, 64),
        }
        return simple.get(target, Text(go))

    def _schema_union(self, kind: str) -> Codec:
        props = self.struct("apiextensions/v1.JSONSchemaProps")
        unions: dict[str, Codec] = {
            "Array": SchemaOrArray(props),
            "Bool": SchemaOrBool(props),
            "StringArray": SchemaOrStrings(props),
        }
        return unions[kind]

    def _struct(self, name: str) -> Struct:
        made = self._codecs[name] = Struct(go_name(name))
        made.atomic = name in self._atomic
        fields = []
        for field, (_, expression, flags, *more) in self._types[name].items():
            extra = more[0] if more else {}
            codec = self.codec(expression)
            omitempty, omitzero = bool(flags & _OMITEMPTY), bool(flags & _OMITZERO)
            fields.append(Field(field, codec, omitempty=omitempty, omitzero=omitzero, extra=extra))
        made.complete(fields)
        return made


@functools.cache
def builtin() -> TypeTable:
    """The kinds of Kubernetes 1.36."""
    return TypeTable(orjson.loads(resources.files("kubegate.api.schema").joinpath("types.json").read_bytes()))
