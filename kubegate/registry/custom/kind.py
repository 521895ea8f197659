"""One version of a custom kind, compiled: how its objects are read, defaulted, validated, selected and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.api.apply.shape import DEDUCED, Deduced, ListShape, MapShape, Scalar, Shape, builtin_shape
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.registry.custom.rules import RuleTree, compile_tree
from kubegate.registry.custom.structural import Schema, additional, items


@dataclass(frozen=True, slots=True)
class Column:
    """A printer column."""

    name: str
    type: str
    json_path: str
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(slots=True)
class CustomKind:
    """A served version of a definition. ``storage`` is the version in which objects are kept, ``stored_schema`` its schema;
    ``conversion`` is the definition's ``spec.conversion``."""

    gvr: GroupVersionResource
    gvk: GroupVersionKind
    list_kind: str
    singular: str
    namespaced: bool
    storage: str
    schema: Schema
    stored_schema: Schema = field(default_factory=dict)
    conversion: Mapping[str, Any] = field(default_factory=dict)
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    has_status: bool = False
    scale: Mapping[str, str] | None = None
    columns: tuple[Column, ...] = ()
    selectable: tuple[str, ...] = ()
    deprecation: str = ""
    uid: str = ""
    rules: RuleTree = field(default_factory=lambda: RuleTree({}))
    shape: Shape = DEDUCED

    @property
    def stored_as(self) -> GroupVersionResource:
        """The resource in the storage version."""
        return self.gvr._replace(version=self.storage)


def compile_kinds(definition: Object) -> list[CustomKind]:
    """The served versions of a definition whose names are accepted; the preferred one first."""
    spec, status = definition.get("spec") or {}, definition.get("status") or {}
    names = status.get("acceptedNames") or {}
    if not names.get("plural") or not _established(status):
        return []
    versions = spec.get("versions") or []
    storage = next((v["name"] for v in versions if v.get("storage")), "")
    served = [version for version in versions if version.get("served")]
    served.sort(key=lambda version: version_order(version["name"]))
    return [_compile(definition, version, names, storage) for version in served]


def _established(status: Object) -> bool:
    conditions = status.get("conditions") or ()
    return any(c.get("type") == "Established" and c.get("status") == "True" for c in conditions)


def _compile(definition: Object, version: Object, names: Object, storage: str) -> CustomKind:
    spec = definition["spec"]
    group, name = spec["group"], version["name"]
    schema = _schema_of(version)
    stored = next((other for other in spec["versions"] if other.get("storage")), version)
    subresources = version.get("subresources") or {}
    gvk = GroupVersionKind(group, name, names["kind"])
    return CustomKind(
        gvr=GroupVersionResource(group, name, names["plural"]),
        gvk=gvk,
        list_kind=names.get("listKind") or f"{names['kind']}List",
        singular=names.get("singular") or "",
        namespaced=spec.get("scope") == "Namespaced",
        storage=storage,
        schema=schema,
        stored_schema=_schema_of(stored),
        conversion=spec.get("conversion") or {},
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        has_status="status" in subresources,
        scale=subresources.get("scale"),
        columns=tuple(_column(column) for column in version.get("additionalPrinterColumns") or ()),
        selectable=tuple(f.get("jsonPath", "") for f in version.get("selectableFields") or ()),
        deprecation=_deprecation(version, gvk),
        uid=str((definition.get("metadata") or {}).get("uid") or ""),
        rules=compile_tree(schema),
        shape=_root_shape(schema),
    )


def _schema_of(version: Object) -> Schema:
    found: Schema = (version.get("schema") or {}).get("openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True}
    return found


def _column(column: Object) -> Column:
    return Column(
        column["name"],
        column["type"],
        column["jsonPath"],
        column.get("format") or "",
        column.get("description") or f"Custom resource definition column (in JSONPath format): {column['jsonPath']}",
        column.get("priority") or 0,
    )


def _deprecation(version: Object, gvk: GroupVersionKind) -> str:
    if not version.get("deprecated"):
        return ""
    return version.get("deprecationWarning") or f"{gvk.api_version} {gvk.kind} is deprecated"


def version_order(name: str) -> tuple[Any, ...]:
    """Sort key of versions: GA before beta before alpha, newer first, others by name last (apimachinery ``pkg/version``)."""
    for rank, word in enumerate(("", "beta", "alpha")):
        head, found, minor = name.partition(word) if word else (name, "x", "0")
        if found and head.startswith("v") and head[1:].isdigit() and minor.isdigit():
            return (0, rank, -int(head[1:]), -int(minor), "")
    return (1, 0, 0, 0, name)


def _root_shape(schema: Schema) -> Shape:
    made = _shape(schema)
    if not isinstance(made, MapShape):
        made = MapShape({}, DEDUCED)
    pod = builtin_shape(GroupVersionKind("", "v1", "Pod"))
    meta = pod.fields["metadata"] if isinstance(pod, MapShape) else DEDUCED
    fields = {**made.fields, "apiVersion": Scalar("string"), "kind": Scalar("string"), "metadata": meta}
    return MapShape(fields, made.other)


def _shape(schema: Schema) -> Shape:
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-int-or-string"):
        return Scalar("untyped")
    if kind == "array":
        relation = schema.get("x-kubernetes-list-type") or "atomic"
        keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
        properties = items(schema).get("properties") or {}
        defaults = {key: properties[key]["default"] for key in keys if "default" in properties.get(key, {})}
        return ListShape(_shape(items(schema)), relation, keys, defaults)
    if kind == "object":
        return _map_shape(schema)
    scalars = {"string": "string", "integer": "numeric", "number": "numeric", "boolean": "boolean"}
    return Scalar(scalars[kind]) if kind in scalars else Deduced()


def _map_shape(schema: Schema) -> Shape:
    fields = {name: _shape(below) for name, below in (schema.get("properties") or {}).items()}
    rest = additional(schema)
    other: Shape | None = None
    if rest is not None:
        other = _shape(rest) if rest else DEDUCED
    elif schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource"):
        other = DEDUCED
    return MapShape(fields, other, atomic=schema.get("x-kubernetes-map-type") == "atomic")
