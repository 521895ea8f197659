"""OpenAPI documents: what clients read to validate, to explain and to merge.

Made from the schemas that `kubernetes-validate` ships and from custom definitions, one group-version at a time, when first
asked for. Source: kube-openapi ``pkg/builder3`` (the parts of documents that kubectl and client-go use).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from kubegate.api.catalog import Catalog, Resource
from kubegate.apiserver.app import PathHandler
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text
from kubegate.apiserver.openapi_enums import add_enums
from kubegate.registry.custom.kind import CustomKind

_VERSION = "1.36.0"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_PARAMETERS = {
    "dryRun": "When present, indicates that modifications should not be persisted.",
    "fieldManager": "fieldManager is a name associated with the actor or entity that is making these changes.",
    "fieldValidation": "fieldValidation instructs the server on how to handle unknown or duplicate fields of the object.",
}
_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"
_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_EMPTY_PROTOBUF = b"\x0a\x032.0\x12\x15\x0a\x0aKubernetes\x12\x07v1.36.0"
"""A document (gnostic's encoding) without paths and definitions: clients that ask for it learn what they need from the
version 3 documents, and only see here that there is nothing more to know of a kind that does not exist."""
_INFO = {"title": "Kubernetes", "version": f"v{_VERSION}"}


@functools.cache
def _file() -> Path:
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise LookupError("kubernetes-validate is not installed")
    return Path(spec.origin).parent / f"kubernetes-json-schema/v{_VERSION}-local/_definitions.json"


def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(_file().read_bytes())["$defs"]
    return found


class OpenApi:
    """The documents. ``catalog`` answers what is served, ``custom`` the compiled kind of a custom resource."""

    def __init__(
        self, catalog: Callable[[], Catalog], custom: Callable[[Resource], CustomKind | None] = lambda resource: None
    ) -> None:
        self._catalog = catalog
        self._custom = custom
        self._documents: dict[tuple[str, str], tuple[Catalog, bytes]] = {}
        self._lock = Lock()

    def handlers(self) -> tuple[dict[str, PathHandler], dict[str, PathHandler]]:
        """(exact paths, prefixes)."""
        return {"/openapi/v2": self.v2, "/openapi/v3": self.index}, {"/openapi/v3/": self.version}

    def index(self, exchange: Exchange) -> Response:
        """The list of documents."""
        paths = {}
        for group in self._catalog().groups:
            for version in group.versions:
                place = f"apis/{group.name}/{version}" if group.name else f"api/{version}"
                body = self._document(group.name, version)
                digest = hashlib.sha512(body).hexdigest().upper()
                paths[place] = {"serverRelativeURL": f"/openapi/v3/{place}?hash={digest}"}
        return Response(200, orjson.dumps({"paths": paths}), _TEXT)

    def version(self, exchange: Exchange) -> Response:
        """The document of a group-version."""
        parts = exchange.request.path.removeprefix("/openapi/v3/").strip("/").split("/")
        group, version = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else ("", "")
        if parts[0] == "apis" and len(parts) == 3:
            group, version = parts[1], parts[2]
        found = self._catalog().group(group) if version else None
        if found is None or version not in found.versions:
            return text(404, "404 page not found\n")
        return self._respond(exchange, self._document(group, version))

    def v2(self, exchange: Exchange) -> Response:
        """Everything in one Swagger document."""
        accept = exchange.request.header("accept")
        if "protobuf" in accept:
            return Response(200, _EMPTY_PROTOBUF, _PROTOBUF)
        if accept and "json" not in accept and "*" not in accept:
            return text(406, "406 Not Acceptable\n")
        definitions = {name: _plain(body, "#/definitions/") for name, body in _definitions().items()}
        for name, body in definitions.items():
            add_enums(name, body)
        document = {"swagger": "2.0", "info": _INFO, "paths": {}, "definitions": definitions}
        return self._respond(exchange, orjson.dumps(document))

    def _respond(self, exchange: Exchange, body: bytes) -> Response:
        tag = f'"{hashlib.sha512(body).hexdigest().upper()}"'
        headers = [("Etag", tag), ("Vary", "Accept")]
        if exchange.request.header("if-none-match") == tag:
            return Response(304, b"", _JSON, headers)
        return Response(200, body, _JSON, headers)

    def _document(self, group: str, version: str) -> bytes:
        catalog = self._catalog()
        with self._lock:
            known = self._documents.get((group, version))
            if known is not None and known[0] is catalog:
                return known[1]
            body = orjson.dumps(self._build(catalog.of_version(group, version)))
            self._documents[(group, version)] = (catalog, body)
            return body

    def _build(self, resources: Iterable[Resource]) -> dict[str, Any]:
        definitions = _definitions()
        names = _names(definitions)
        schemas: dict[str, Any] = {}
        paths: dict[str, Any] = {}
        for resource in resources:
            kind = self._custom(resource) if resource.custom else None
            if kind is not None:
                schemas |= _custom_schemas(kind)
                _require(f"{_META}.ObjectMeta", definitions, schemas)
                _require(f"{_META}.ListMeta", definitions, schemas)
                name = _custom_name(kind)
            else:
                name = names.get(tuple(resource.kind), "")
                _require(name, definitions, schemas)
                _require(f"{name}List", definitions, schemas)
            paths |= _paths(resource, name)
        return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


def _names(definitions: dict[str, Any]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for name, body in definitions.items():
        for gvk in body.get("x-kubernetes-group-version-kind", ()):
            found.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
    return found


def _require(name: str, definitions: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add a schema and all that it refers to."""
    if name in schemas or name not in definitions:
        return
    references: list[str] = []
    schemas[name] = {}
    schemas[name] = _component(definitions[name], references)
    add_enums(name, schemas[name])
    for reference in references:
        _require(reference, definitions, schemas)


def _component(body: Any, references: list[str]) -> Any:
    if isinstance(body, list):
        return [_component(item, references) for item in body]
    if not isinstance(body, dict):
        return body
    made = _common(body)
    reference = body.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        references.append(name)
        target = {"$ref": f"#/components/schemas/{name}"}
        return {**made, "allOf": [target], "default": {}} if made else target
    for key in ("items", "additionalProperties", "oneOf"):
        if key in body:
            made[key] = _component(body[key], references)
    if "properties" in body:
        made["properties"] = {
            name: _without_enum(name, _component(item, references)) for name, item in body["properties"].items()
        }
    return made


def _without_enum(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The validation data names the one value of apiVersion and kind, which documents do not."""
    return {key: value for key, value in body.items() if key != "enum"} if name in ("apiVersion", "kind") else body


def _common(body: dict[str, Any]) -> dict[str, Any]:
    """What is not a schema itself; types without the null that the validation data allows everywhere."""
    skipped = ("$ref", "items", "additionalProperties", "oneOf", "properties", "type", "enum")
    made = {key: value for key, value in body.items() if key not in skipped}
    kind = body.get("type")
    if kind is not None:
        made["type"] = next((name for name in kind if name != "null"), "string") if isinstance(kind, list) else kind
    if "enum" in body:
        made["enum"] = [value for value in body["enum"] if value is not None]
    return made


def _plain(body: Any, prefix: str) -> Any:
    """A definition of the Swagger document."""
    if isinstance(body, list):
        return [_plain(item, prefix) for item in body]
    if not isinstance(body, dict):
        return body
    made = _common(body)
    if isinstance(body.get("$ref"), str):
        made["$ref"] = prefix + body["$ref"].rpartition("/")[2]
    for key in ("items", "additionalProperties", "oneOf"):
        if key in body:
            made[key] = _plain(body[key], prefix)
    if "properties" in body:
        made["properties"] = {name: _without_enum(name, _plain(item, prefix)) for name, item in body["properties"].items()}
    return made


def _paths(resource: Resource, name: str) -> dict[str, Any]:
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


def _custom_name(kind: CustomKind) -> str:
    return ".".join([*reversed(kind.gvk.group.split(".")), kind.gvk.version, kind.gvk.kind])


def _custom_schemas(kind: CustomKind) -> dict[str, Any]:
    name = _custom_name(kind)
    gvk = {"group": kind.gvk.group, "version": kind.gvk.version, "kind": kind.gvk.kind}
    texts = _definitions()["io.k8s.api.core.v1.Pod"]["properties"]
    meta = {"allOf": [{"$ref": f"#/components/schemas/{_META}.ObjectMeta"}]}
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
            "metadata": {"allOf": [{"$ref": f"#/components/schemas/{_META}.ListMeta"}]},
        },
        "x-kubernetes-group-version-kind": [{**gvk, "kind": kind.list_kind}],
    }
    return {name: own, f"{name}List": lists}
