"""The endpoint as a WSGI application: a table of paths, nothing else between the socket and the decision.

Plain WSGI instead of Flask because this path is hot: see docs/adr/0005-decision-endpoint-server.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from kubegate.api.status import Status, StatusError, internal, too_large, unknown_path
from kubegate.errors import Unavailable
from kubegate.webhook.answers import MAX_BODY, refusal
from kubegate.webhook.interface import Handler, HookRequest, HookResponse

_LOG = logging.getLogger("kubegate.webhook")
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_PATIENCE = 10 * MAX_BODY
"""Bytes of a body that is too long that are read in vain: who still sends does not see the answer."""
_TOO_LARGE = too_large(f"Request entity too large: limit is {MAX_BODY}")


class Application:
    """Routes exact paths to handlers."""

    def __init__(self, routes: Mapping[str, Handler]) -> None:
        self._routes = dict(routes)

    def answer(self, request: HookRequest) -> HookResponse:
        """The handler's answer; 404 for other paths; 503 where somebody else did not answer; 500 for a bug, which is
        logged and never allows."""
        handler = self._routes.get(request.path.partition("?")[0])
        if handler is None:
            return refusal(unknown_path())
        try:
            return handler.handle(request)
        except Unavailable as error:
            _LOG.error("%s: %s", request.path, error)
            return refusal(Status(503, "ServiceUnavailable", "what the answer depends on is not available"))
        except Exception:  # noqa: BLE001 - the outermost boundary: a bug becomes a visible 500, not a dropped connection
            _LOG.exception("bug while answering %s", request.path)
            return refusal(internal("the decision endpoint failed"))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        query, path = environ.get("QUERY_STRING"), environ["PATH_INFO"]
        request = HookRequest(
            environ["REQUEST_METHOD"],
            f"{path}?{query}" if query else path,
            headers={"authorization": environ.get("HTTP_AUTHORIZATION", "")},
            unread=partial(_body, environ),
        )
        answer = self.answer(request)
        start_response(
            _LINES[answer.status],
            [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers],
        )
        return [answer.body]


def _body(environ: dict[str, Any]) -> bytes:
    """The body, also one whose length is not told in advance; raises `StatusError` (413) for one that is too long."""
    read, told = environ["wsgi.input"].read, environ.get("CONTENT_LENGTH")
    if told and int(told) > _PATIENCE:
        raise StatusError(_TOO_LARGE)
    body: bytes = read(min(int(told), MAX_BODY + 1) if told else MAX_BODY + 1)
    if len(body) <= MAX_BODY:
        return body
    left = _PATIENCE - len(body)
    while left > 0 and (more := len(read(MAX_BODY))):
        left -= more
    raise StatusError(_TOO_LARGE)
