"""The paths that are no resources: health, version, discovery, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubegate.api.catalog import Catalog
from kubegate.apiserver.app import PathHandler
from kubegate.apiserver.discovery.handlers import Discovery
from kubegate.apiserver.discovery.version import version
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.health import Health, check_names
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import Representation

_ENDPOINTS = ("healthz", "livez", "readyz")
_OTHERS = (
    "/.well-known/openid-configuration",
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    "/flagz",
    "/metrics",
    "/metrics/slis",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    "/openid/v1/jwks",
    "/statusz",
    "/version",
)


def path_handlers(
    catalog: Callable[[], Catalog],
    health: Health,
    discovery: Discovery,
    more: Mapping[str, PathHandler],
    more_prefixes: Mapping[str, PathHandler],
) -> tuple[Mapping[str, PathHandler], Mapping[str, PathHandler]]:
    """(exact paths, prefixes). ``more``: what other parts add (``/metrics``, ``/openapi/v2``)."""

    def root(exchange: Exchange) -> Response:
        return respond({"paths": all_paths(catalog())}, Representation())

    exact: dict[str, PathHandler] = {"/": root, "/version": version, "/api": discovery.handle, "/apis": discovery.handle}
    exact |= {f"/{endpoint}": health.handle for endpoint in _ENDPOINTS}
    exact["/version/"] = version
    prefixes: dict[str, PathHandler] = {f"/{endpoint}/": health.handle for endpoint in _ENDPOINTS}
    prefixes |= {"/api/": discovery.handle, "/apis/": discovery.handle}
    return {**exact, **more}, {**prefixes, **more_prefixes}


def all_paths(catalog: Catalog) -> list[str]:
    """What ``/`` lists."""
    groups = [f"/apis/{group.name}" for group in catalog.groups if group.name]
    versions = [f"/apis/{group.name}/{version}" for group in catalog.groups if group.name for version in group.versions]
    checks = [f"/{endpoint}/{name}" for endpoint in _ENDPOINTS for name in check_names(endpoint)]
    return sorted([*_OTHERS, *groups, *versions, *(f"/{endpoint}" for endpoint in _ENDPOINTS), *checks])
