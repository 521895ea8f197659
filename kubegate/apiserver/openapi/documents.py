"""OpenAPI documents: what clients read to validate, to explain and to merge.

Made from schemas, one group-version at a time, when first asked for. Source: kube-openapi ``pkg/builder3`` (the parts of
documents that kubectl and client-go use).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import orjson

from kubegate.api.catalog import Catalog, Resource
from kubegate.apiserver.app import PathHandler
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text
from kubegate.apiserver.openapi.custom import META, custom_name, custom_schemas
from kubegate.apiserver.openapi.enums import add_enums
from kubegate.apiserver.openapi.paths import paths
from kubegate.apiserver.openapi.schemas import VERSION, definitions, names, plain, require
from kubegate.registry.custom.kind import CustomKind

_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"
_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_EMPTY_PROTOBUF = b"\x0a\x032.0\x12\x15\x0a\x0aKubernetes\x12\x07v1.36.0"
"""A document (gnostic's encoding) without paths and definitions: clients that ask for it learn what they need from the
version 3 documents, and only see here that there is nothing more to know of a kind that does not exist."""
_INFO = {"title": "Kubernetes", "version": f"v{VERSION}"}


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
        schemas = {name: plain(body, "#/definitions/") for name, body in definitions().items()}
        for name, body in schemas.items():
            add_enums(name, body)
        document = {"swagger": "2.0", "info": _INFO, "paths": {}, "definitions": schemas}
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
        known = definitions()
        by_kind = names(known)
        schemas: dict[str, Any] = {}
        served: dict[str, Any] = {}
        for resource in resources:
            kind = self._custom(resource) if resource.custom else None
            if kind is not None:
                schemas |= custom_schemas(kind)
                require(f"{META}.ObjectMeta", known, schemas)
                require(f"{META}.ListMeta", known, schemas)
                name = custom_name(kind)
            else:
                name = by_kind.get(tuple(resource.kind), "")
                require(name, known, schemas)
                require(f"{name}List", known, schemas)
            served |= paths(resource, name)
        return {"openapi": "3.0.0", "info": _INFO, "paths": served, "components": {"schemas": schemas}}
