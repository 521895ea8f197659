"""The way of every request: who asks, may they, then the answer.

Request info -> authentication -> impersonation -> audit -> authorization -> handler. Source: k8s.io/apiserver
``server.DefaultBuildHandlerChain``.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from kubegate.api import status as statuses
from kubegate.api.request import RequestInfo
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of, forbidden
from kubegate.apiserver.encoding import respond_status
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.request_info import BadPath, resolve
from kubegate.apiserver.rest.selection import demanded_name
from kubegate.apiserver.warning_headers import warning_headers
from kubegate.authn.interface import Authenticated, Authenticator, Credentials
from kubegate.authz.interface import Authorizer
from kubegate.errors import KubegateError

_LOG = logging.getLogger(__name__)

Handler = Callable[[Exchange], Response]


class Impersonation(Protocol):
    """Who the request counts as."""

    def impersonate(self, request: Request, info: RequestInfo, user: User) -> User:
        """The impersonated user, or ``user`` itself; raises StatusError if that is not allowed."""
        ...


class Audit(Protocol):
    """Records the stages of a request; never raises into it."""

    def received(self, exchange: Exchange) -> None: ...

    def complete(self, exchange: Exchange, response: Response) -> None: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order; ``handler`` answers a request that may be made."""

    authenticator: Authenticator
    authorizer: Authorizer
    handler: Handler
    impersonation: Impersonation | None = None
    audit: Audit | None = None

    def handle(self, request: Request) -> Response:
        """The answer; every trouble becomes a Status."""
        try:
            info = resolve(request.method, request.path, request.query, demanded_name)
        except BadPath as error:
            return _plain_error(500, f"failed to get request info: {error}")
        response = self._answer(request, info)
        response.headers.append(("Audit-Id", request.header("audit-id") or str(uuid.uuid4())))
        response.headers.append(("Cache-Control", "no-cache, private"))
        return response

    def handle_as(self, request: Request, user: User) -> Response:
        """The answer to a client inside the server (scheduler, controllers), which need not prove who it is."""
        try:
            info = resolve(request.method, request.path, request.query, demanded_name)
        except BadPath as error:
            return _plain_error(500, f"failed to get request info: {error}")
        return self._guarded(Exchange(request, info, user), self._impersonated)

    def _answer(self, request: Request, info: RequestInfo) -> Response:
        outcome = self.authenticator.authenticate(Credentials(_lists(request), request.certificates, request.path))
        if not isinstance(outcome, Authenticated):
            refused = respond_status(statuses.unauthorized())
            refused.headers.extend(warning_headers(outcome.warnings))
            return refused
        exchange = Exchange(request, info, outcome.user)
        exchange.warnings.extend(outcome.warnings)
        exchange.annotations.update(outcome.annotations)
        response = self._guarded(exchange, self._impersonated)
        response.headers.extend(warning_headers(exchange.warnings))
        return response

    def _impersonated(self, exchange: Exchange) -> Response:
        if self.impersonation is not None:
            exchange.user = self.impersonation.impersonate(exchange.request, exchange.info, exchange.user)
        if self.audit is None:
            return self._authorized(exchange)
        self.audit.received(exchange)
        response = self._guarded(exchange, self._authorized)
        if isinstance(response.body, bytes):
            self.audit.complete(exchange, response)
        else:
            response.body = _audited(response.body, exchange, response, self.audit)
        return response

    def _authorized(self, exchange: Exchange) -> Response:
        attributes = attributes_of(exchange.info, exchange.user)
        verdict = self.authorizer.authorize(attributes)
        if not verdict.allowed:
            exchange.annotations.setdefault("authorization.k8s.io/decision", "forbid")
            exchange.annotations.setdefault("authorization.k8s.io/reason", verdict.reason)
            return respond_status(forbidden(attributes, verdict.reason))
        exchange.annotations.setdefault("authorization.k8s.io/decision", "allow")
        exchange.annotations.setdefault("authorization.k8s.io/reason", verdict.reason)
        return self.handler(exchange)

    @staticmethod
    def _guarded(exchange: Exchange, step: Handler) -> Response:
        try:
            return step(exchange)
        except StatusError as error:
            return respond_status(error.status)
        except KubegateError as error:
            _LOG.exception("%s %s", exchange.request.method, exchange.request.path)
            return respond_status(statuses.internal(error.message))
        except Exception:  # noqa: BLE001 - the outermost guard: a bug becomes a visible 500, never an open door
            _LOG.exception("%s %s", exchange.request.method, exchange.request.path)
            return respond_status(_crashed())


def _crashed() -> Status:
    return Status(
        500,
        "InternalError",
        "This request caused apiserver to panic. Look in the logs for details.",
    )


def _plain_error(code: int, message: str) -> Response:
    return Response(code, (message + "\n").encode(), "text/plain; charset=utf-8")


def _lists(request: Request) -> dict[str, list[str]]:
    return {name: list(values) for name, values in request.headers.items()}


def _audited(body: Iterator[bytes], exchange: Exchange, response: Response, audit: Audit) -> Iterator[bytes]:
    try:
        yield from body
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
        audit.complete(exchange, response)
