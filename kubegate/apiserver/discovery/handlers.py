"""Discovery over HTTP. Documents are encoded once for each catalog, not for each request."""

from __future__ import annotations

from collections.abc import Callable

from kubegate.api.catalog import Catalog
from kubegate.apiserver.discovery import aggregated, legacy
from kubegate.apiserver.encoding import encode
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text
from kubegate.apiserver.negotiation import JSON, Representation, check_acceptable, negotiate, parse_accept


class Discovery:
    """Answers ``/api``, ``/apis`` and below; ``address`` is where the server says it can be reached."""

    def __init__(self, catalog: Callable[[], Catalog], address: str) -> None:
        self._catalog = catalog
        self._address = address
        self._cached: tuple[Catalog | None, dict[tuple[str, str, Representation], bytes]] = (None, {})

    def handle(self, exchange: Exchange) -> Response:
        """The document for a path, in the form that the client accepts."""
        accept = exchange.request.header("accept")
        check_acceptable(accept)
        path = exchange.request.path.rstrip("/")
        version = _aggregated_version(accept) if path in ("/api", "/apis") else ""
        representation = Representation() if version else negotiate(accept)
        document = self._document(path, version, representation)
        if document is None:
            return text(404, "404 page not found\n")
        content_type = f"{JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" if version else ""
        response = Response(200, document, content_type or representation.content_type)
        if path in ("/api", "/apis"):
            response.headers.append(("Vary", "Accept"))
        return response

    def _document(self, path: str, version: str, representation: Representation) -> bytes | None:
        catalog = self._catalog()
        if self._cached[0] is not catalog:
            self._cached = (catalog, {})
        documents = self._cached[1]
        key = (path, version, representation)
        if key not in documents:
            made = self._make(catalog, path, version)
            if made is None:
                return None
            documents[key] = encode(made, representation)
        return documents[key]

    def _make(self, catalog: Catalog, path: str, version: str) -> object | None:
        if version:
            return aggregated.group_discovery_list(catalog, version, core=path == "/api")
        if path == "/api":
            return legacy.api_versions(self._address)
        if path == "/apis":
            return legacy.group_list(catalog)
        _, root, *names = path.split("/")
        group = catalog.group("" if root == "api" else names.pop(0))
        if group is None or len(names) > 1 or (names and names[0] not in group.versions):
            return None
        return legacy.resource_list(catalog, group.name, names[0]) if names else legacy.group_document(group)


def _aggregated_version(accept: str) -> str:
    """The first clause of the Accept header decides: the version of the aggregated form, or "" for the plain one."""
    for clause in parse_accept(accept):
        if clause.type in (JSON, "*/*", "application/*"):
            wanted = clause.parameter("as") == "APIGroupDiscoveryList" and clause.parameter("g") == "apidiscovery.k8s.io"
            if wanted and clause.parameter("v") in aggregated.VERSIONS:
                return clause.parameter("v")
            if not clause.parameter("as"):
                return ""
    return ""
