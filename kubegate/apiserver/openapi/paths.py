"""The paths of a resource, as far as clients look at them: which verbs there are, with which parameters."""

from __future__ import annotations

from typing import Any

from kubegate.api.catalog import Resource

_JSON = "application/json"
_PARAMETERS = {
    "dryRun": "When present, indicates that modifications should not be persisted.",
    "fieldManager": "fieldManager is a name associated with the actor or entity that is making these changes.",
    "fieldValidation": "fieldValidation instructs the server on how to handle unknown or duplicate fields of the object.",
}


def paths(resource: Resource, name: str) -> dict[str, Any]:
    """``name``: that of the schema of its objects."""
    gvr, kind = resource.gvr, resource.kind
    base = f"/apis/{gvr.group}/{gvr.version}" if gvr.group else f"/api/{gvr.version}"
    if resource.namespaced:
        base += "/namespaces/{namespace}"
    collection, single = f"{base}/{gvr.resource}", f"{base}/{gvr.resource}/{{name}}"
    gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    verbs = set(resource.verbs)

    def operation(action: str, schema: str, *, writes: bool) -> dict[str, Any]:
        content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
        made: dict[str, Any] = {
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk,
            "responses": {"200": {"description": "OK", "content": content}},
        }
        if writes:
            made["parameters"] = [
                {"name": key, "in": "query", "description": text, "schema": {"type": "string"}}
                for key, text in _PARAMETERS.items()
            ]
        return made

    many, one = {}, {}
    if "list" in verbs:
        many["get"] = operation("list", f"{name}List", writes=False)
    if "create" in verbs:
        many["post"] = operation("post", name, writes=True)
    for verb, method in (("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")):
        if verb in verbs:
            one[method] = operation(method, name, writes=verb in ("update", "patch"))
    return {path: item for path, item in ((collection, many), (single, one)) if item}
