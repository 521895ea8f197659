"""The way of every request: who asks, may they, then the answer.

Request info -> authentication -> audit -> impersonation -> authorization -> handler. Source: k8s.io/apiserver
``server.DefaultBuildHandlerChain``.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kubegate.api import status as statuses
from kubegate.api.request import RequestInfo
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.encoding import respond_status
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.in_flight import InFlight, too_many
from kubegate.apiserver.messages import Request, Response, text, until_the_end
from kubegate.apiserver.request_info import BadPath, resolve
from kubegate.apiserver.rest.selection import demanded_name
from kubegate.apiserver.warning_headers import warning_headers
from kubegate.authn.interface import Authenticated, Authenticator, Credentials
from kubegate.authz.impersonation.impersonator import Impersonated
from kubegate.authz.interface import Authorizer
from kubegate.authz.refusals import failure, forbidden, internal_error
from kubegate.errors import KubegateError

_LOG = logging.getLogger(__name__)

Handler = Callable[[Exchange], Response]
Around = Callable[[Exchange, Handler], Response]
"""Stands around the requests of clients whose sender is known: asked with the request and what would answer it."""
_LONG_RUNNING = frozenset({"attach", "exec", "log", "portforward", "proxy"})


def straight(exchange: Exchange, proceed: Handler) -> Response:
    """Nobody looks on or interferes."""
    return proceed(exchange)


class Impersonation(Protocol):
    """Who the request counts as."""

    def impersonate(self, request: Request, info: RequestInfo, user: User) -> Impersonated | None:
        """Whom the request counts as instead of ``user``; raises StatusError if that is not allowed."""
        ...


class Recording(Protocol):
    """The audit record of one request; never raises into it."""

    def impersonates(self, user: User, constraint: str) -> None: ...

    def started(self, response: Response) -> None: ...

    def complete(self, response: Response) -> None: ...

    def panicked(self, response: Response) -> None: ...


class Audit(Protocol):
    """Begins a record for each request that the policy wants recorded."""

    def begin(self, exchange: Exchange) -> Recording | None: ...

    def unauthenticated(self, request: Request, info: RequestInfo, audit_id: str, response: Response) -> None: ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages in order; ``handler`` answers a request that may be made."""

    authenticator: Authenticator
    authorizer: Authorizer
    handler: Handler
    impersonation: Impersonation | None = None
    audit: Audit | None = None
    observe: Callable[[RequestInfo, int, float], None] = lambda info, code, started: None
    """Told of each response: request, code, and when the request began (monotonic clock)."""
    in_flight: InFlight = field(default_factory=lambda: InFlight(0, 0))
    around: Around = straight

    def handle(self, request: Request) -> Response:
        """The answer; every trouble becomes a Status."""
        started = time.monotonic()
        try:
            info = resolve(request.method, request.path, request.query, demanded_name)
        except BadPath as error:
            return text(500, f"failed to get request info: {error}\n")
        audit_id = request.header("audit-id") or str(uuid.uuid4())
        response = self._answer(request, info, audit_id)
        response.headers.append(("Audit-Id", audit_id))
        response.headers.append(("Cache-Control", "no-cache, private"))
        self.observe(info, response.code, started)
        return response

    def handle_as(self, request: Request, user: User) -> Response:
        """The answer to a client inside the server (scheduler, controllers), which need not prove who it is."""
        try:
            info = resolve(request.method, request.path, request.query, demanded_name)
        except BadPath as error:
            return text(500, f"failed to get request info: {error}\n")
        return self._recorded(Exchange(request, info, user, str(uuid.uuid4())))

    def _answer(self, request: Request, info: RequestInfo, audit_id: str) -> Response:
        outcome = self.authenticator.authenticate(Credentials(_lists(request), request.certificates, request.path))
        if not isinstance(outcome, Authenticated):
            response = respond_status(statuses.unauthorized())
            response.headers.extend(warning_headers(outcome.warnings))
            if self.audit is not None:
                self.audit.unauthenticated(request, info, audit_id, response)
            return response
        exchange = Exchange(request, info, outcome.user, audit_id)
        exchange.warnings.extend(outcome.warnings)
        exchange.annotations.update(outcome.annotations)
        response = self.around(exchange, self._recorded)
        response.headers.extend(warning_headers(exchange.warnings))
        return response

    def _recorded(self, exchange: Exchange) -> Response:
        recording = self.audit.begin(exchange) if self.audit is not None else None
        exchange.recorded = recording is not None
        response = self._guarded(exchange, recording)
        if recording is None:
            return response
        if isinstance(response.body, bytes):
            recording.complete(response)
        else:
            response.body = _audited(response.body, exchange, response, recording)
        return response

    def _impersonated(self, exchange: Exchange, recording: Recording | None) -> Response:
        if self.impersonation is not None:
            other = self.impersonation.impersonate(exchange.request, exchange.info, exchange.user)
            if other is not None:
                exchange.user = other.user
                if recording is not None:
                    recording.impersonates(other.user, other.constraint)
        with self.in_flight.admitted(exchange) as admitted:
            return self._authorized(exchange) if admitted else too_many()

    def _authorized(self, exchange: Exchange) -> Response:
        attributes = attributes_of(exchange.info, exchange.user)
        verdict = self.authorizer.authorize(attributes)
        if not verdict.allowed:
            error = failure(verdict)
            if error:
                _LOG.error("%s %r: %s", exchange.request.method, exchange.request.path, error)
                exchange.annotations.setdefault("authorization.k8s.io/reason", "internal error")
                return text(500, internal_error(exchange.request.uri or exchange.request.path, error) + "\n")
            exchange.annotations.setdefault("authorization.k8s.io/decision", "forbid")
            exchange.annotations.setdefault("authorization.k8s.io/reason", verdict.reason)
            refused = respond_status(forbidden(attributes, verdict.reason))
            refused.headers.append(("X-Content-Type-Options", "nosniff"))
            return refused
        exchange.annotations.setdefault("authorization.k8s.io/decision", "allow")
        exchange.annotations.setdefault("authorization.k8s.io/reason", verdict.reason)
        return self.handler(exchange)

    def _guarded(self, exchange: Exchange, recording: Recording | None) -> Response:
        try:
            return self._impersonated(exchange, recording)
        except StatusError as error:
            return respond_status(error.status)
        except KubegateError as error:
            _LOG.error("%s %r: %s", exchange.request.method, exchange.request.path, error.message)
            return respond_status(statuses.internal(error.message))
        except Exception:  # noqa: BLE001 - the outermost guard: a bug becomes a visible 500, never an open door
            _LOG.exception("%s %r", exchange.request.method, exchange.request.path)
            response = respond_status(_crashed())
            if recording is not None:
                recording.panicked(response)
            return response


def _crashed() -> Status:
    return Status(
        500,
        "InternalError",
        "This request caused apiserver to panic. Look in the logs for details.",
    )


def _lists(request: Request) -> dict[str, list[str]]:
    return {name: list(values) for name, values in request.headers.items()}


def _audited(body: Iterator[bytes], exchange: Exchange, response: Response, recording: Recording) -> Iterator[bytes]:
    if exchange.info.verb == "watch" or exchange.info.subresource in _LONG_RUNNING:
        recording.started(response)
    yield from until_the_end(body, lambda: recording.complete(response))
