"""What kube-apiserver answers when it is in trouble, to the letter.

Source: k8s.io/apiserver ``server/filters`` (maxinflight, priority-and-fairness, timeout, waitgroup), ``storage/etcd3``,
``storage/cacher`` and apimachinery ``api/errors``.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson

from kubegate.api import status as statuses
from kubegate.api.status import Status
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.encoding import respond_status
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.in_flight import too_many
from kubegate.apiserver.messages import Response
from kubegate.apiserver.rest.list_options import decode_continue
from kubegate.apiserver.rest.read import expired as expired_list
from kubegate.authz.refusals import forbidden
from kubegate.errors import InvalidInput

_CHANGED = "the object has been modified; please apply your changes to the latest version and try again"
_TIMEOUT = "request did not complete within the allotted timeout"
_LONGEST_BODY = 3 << 20
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    413: "RequestEntityTooLarge",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


def failure(code: int, exchange: Exchange, message: str = "", retry_after: int = 0) -> Response:
    """The answer with this code. With a ``message`` of one's own it is a Status with the code's usual reason.

    Raises `InvalidInput` for a code that has no answer of its own, if there is no message."""
    if not message and code in _USUAL:
        response = _USUAL[code](exchange)
    elif message:
        details = {"retryAfterSeconds": retry_after} if retry_after else None
        response = respond_status(Status(code, _REASONS.get(code, ""), message, details))
    else:
        raise InvalidInput(f"status {code} needs a message", hint=f"without one: {', '.join(map(str, sorted(_USUAL)))}")
    if retry_after:
        response.headers = [header for header in response.headers if header[0] != "Retry-After"]
        response.headers.append(("Retry-After", str(retry_after)))
    return response


def is_usual(code: int) -> bool:
    """Whether the code needs no message."""
    return code in _USUAL


def _forbidden(exchange: Exchange) -> Response:
    return respond_status(forbidden(attributes_of(exchange.info, exchange.user), ""))


def _not_found(exchange: Exchange) -> Response:
    info = exchange.info
    return respond_status(statuses.not_found(info.group, info.resource, info.name))


def _conflict(exchange: Exchange) -> Response:
    info = exchange.info
    if info.verb == "create":
        return respond_status(statuses.already_exists(info.group, info.resource, _name_in_body(exchange)))
    return respond_status(statuses.conflict(info.group, info.resource, info.name, _CHANGED))


def _name_in_body(exchange: Exchange) -> str:
    try:
        obj = orjson.loads(exchange.request.read_body(_LONGEST_BODY))
    except orjson.JSONDecodeError:
        return ""
    meta = obj.get("metadata") if isinstance(obj, dict) else None
    return str(meta.get("name") or "") if isinstance(meta, dict) else ""


def _gone(exchange: Exchange) -> Response:
    return respond_status(expired(exchange))


def expired(exchange: Exchange) -> Status:
    """410 of a list or (as an event) of a watch. Raises StatusError for a continue token that no server made."""
    request = exchange.request
    if exchange.info.verb == "watch":
        revision = request.parameter("resourceVersion") or "1"
        return statuses.gone(
            f"too old resource version: {revision} ({int(revision) + 1 if revision.isdigit() else revision})"
        )
    token = request.parameter("continue")
    after = decode_continue(token, exchange.info.resource, "", False)[1] if token else None
    return expired_list(token, "", after)


def _too_many(exchange: Exchange) -> Response:
    return too_many()


def _storage(exchange: Exchange) -> Response:
    return respond_status(Status(500, "", "etcdserver: request timed out"))


def _shutting_down(exchange: Exchange) -> Response:
    return respond_status(Status(503, "ServiceUnavailable", "apiserver is shutting down", retry_after=1))


def _timeout(exchange: Exchange) -> Response:
    """The filter that ends slow requests writes a Status without its kind, and Go guesses the media type."""
    status = Status(504, "Timeout", f"Timeout: {_TIMEOUT}", {}).to_object()
    body = {name: value for name, value in status.items() if name not in ("kind", "apiVersion")}
    return Response(504, orjson.dumps(body) + b"\n", "text/plain; charset=utf-8")


_USUAL: dict[int, Callable[[Exchange], Response]] = {
    401: lambda exchange: respond_status(statuses.unauthorized()),
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    410: _gone,
    429: _too_many,
    500: _storage,
    503: _shutting_down,
    504: _timeout,
}
