"""The schemas of custom kinds."""

from __future__ import annotations

from typing import Any

from kubegate.apiserver.openapi.schemas import definitions
from kubegate.registry.custom.kind import CustomKind

META = "io.k8s.apimachinery.pkg.apis.meta.v1"


def custom_name(kind: CustomKind) -> str:
    """The name of its schema."""
    return ".".join([*reversed(kind.gvk.group.split(".")), kind.gvk.version, kind.gvk.kind])


def custom_schemas(kind: CustomKind) -> dict[str, Any]:
    """The schemas of its objects and lists, by name."""
    name = custom_name(kind)
    gvk = {"group": kind.gvk.group, "version": kind.gvk.version, "kind": kind.gvk.kind}
    texts = definitions()["io.k8s.api.core.v1.Pod"]["properties"]
    meta = {"allOf": [{"$ref": f"#/components/schemas/{META}.ObjectMeta"}]}
    properties = {
        **(kind.schema.get("properties") or {}),
        "apiVersion": {"type": "string", "description": texts["apiVersion"]["description"]},
        "kind": {"type": "string", "description": texts["kind"]["description"]},
        "metadata": {**meta, "description": texts["metadata"]["description"]},
    }
    own = {**kind.schema, "type": "object", "properties": properties, "x-kubernetes-group-version-kind": [gvk]}
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    lists = {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": properties["apiVersion"],
            "kind": properties["kind"],
            "items": items,
            "metadata": {"allOf": [{"$ref": f"#/components/schemas/{META}.ListMeta"}]},
        },
        "x-kubernetes-group-version-kind": [{**gvk, "kind": kind.list_kind}],
    }
    return {name: own, f"{name}List": lists}
