"""The paths that are no resources: health, version, discovery."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubegate.api.catalog import Catalog
from kubegate.apiserver.app import PathHandler
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text


def path_handlers(catalog: Callable[[], Catalog]) -> tuple[Mapping[str, PathHandler], Mapping[str, PathHandler]]:
    """(exact paths, prefixes)."""

    def healthy(exchange: Exchange) -> Response:
        return text(200, "ok")

    return dict.fromkeys(("/healthz", "/livez", "/readyz"), healthy), {}
