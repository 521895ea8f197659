"""What clients asked of a server, in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import orjson

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response
from kubegate.apiserver.pipeline import Handler
from kubegate.authz.interface import Attributes
from kubegate.testing.server.granting import is_granting

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: what was asked as whom, who sent it (another user if it impersonates), and the answer's code.

    ``message`` is that of a failure; ``unauthorized``: the authorizers refused it, rather than admission or a rule of the
    resource; ``impersonates``: it was sent, or was to be sent, as somebody else. ``granting`` is the role or binding that it
    wrote."""

    attributes: Attributes
    sender: User
    request: str
    code: int
    message: str = ""
    unauthorized: bool = False
    impersonates: bool = False
    granting: Object | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.request}"


class Journal:
    """Notes every request of a client once its answer is known; a watch when it begins. The latest are kept."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=_KEPT)

    @property
    def seen(self) -> list[Seen]:
        """In order."""
        return list(self._seen)

    def __call__(self, exchange: Exchange, proceed: Handler) -> Response:
        """Answer a request, and note it."""
        sender = exchange.user
        response = proceed(exchange)
        request = exchange.request
        self._seen.append(
            Seen(
                attributes_of(exchange.info, exchange.user),
                sender,
                f"{request.method} {request.uri or request.path}",
                response.code,
                _message(response),
                exchange.annotations.get("authorization.k8s.io/decision") == "forbid",
                any(name.startswith("impersonate-") for name in request.headers),
                _granting(exchange, response),
            )
        )
        return response

    def clear(self) -> None:
        """Forget."""
        self._seen.clear()


def _granting(exchange: Exchange, response: Response) -> Object | None:
    info = exchange.info
    if response.code >= 300 or not is_granting(info.group, info.resource, info.subresource, info.verb):
        return None
    try:
        written: Object = orjson.loads(response.body) if isinstance(response.body, bytes) else {}
    except orjson.JSONDecodeError:
        return None  # a client that speaks protobuf
    return written


def _message(response: Response) -> str:
    if response.code < 400 or not isinstance(response.body, bytes):
        return ""
    try:
        found = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return response.body.decode("utf-8", "replace").strip()
    return str(found.get("message") or "") if isinstance(found, dict) else ""
