"""The API server as a whole: one call answers one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers import routing
from kubegate.apiserver.handlers.api import Api
from kubegate.apiserver.messages import Response, text

PathHandler = Callable[[Exchange], Response]


@dataclass(frozen=True, slots=True)
class Handlers:
    """``paths`` answers non-resource paths exactly, ``prefixes`` everything below a path (``/healthz/``)."""

    api: Api
    paths: Mapping[str, PathHandler] = field(default_factory=dict)
    prefixes: Mapping[str, PathHandler] = field(default_factory=dict)

    def __call__(self, exchange: Exchange) -> Response:
        """The answer to a request that may be made."""
        if exchange.info.is_resource:
            return routing.handle(self.api, exchange)
        path = exchange.request.path
        handler = self.paths.get(path)
        if handler is None:
            handler = next((found for prefix, found in self.prefixes.items() if path.startswith(prefix)), None)
        return handler(exchange) if handler is not None else text(404, "404 page not found\n")
