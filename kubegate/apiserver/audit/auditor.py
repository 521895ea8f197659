"""Records requests: decides by policy, and writes an event at each stage.

Source: k8s.io/apiserver ``endpoints/filters/audit.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.audit import event as events
from kubegate.apiserver.audit.log import Sink
from kubegate.apiserver.audit.policy import Decision, Level, Policy
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request, Response

_NOBODY = User("")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Implements `pipeline.Audit`."""

    policy: Policy
    sink: Sink
    now: Callable[[], datetime] = _now

    def begin(self, exchange: Exchange) -> Recording | None:
        """The record of a request, begun with the stage RequestReceived; None if the policy wants nothing of it."""
        decision = self.policy.decide(attributes_of(exchange.info, exchange.user))
        if decision.level is Level.NONE:
            return None
        recording = Recording(self, decision, exchange, self.now())
        recording.write("RequestReceived")
        return recording

    def unauthenticated(self, request: Request, info: RequestInfo, audit_id: str, response: Response) -> None:
        """Record a request whose sender could not be made out."""
        exchange = Exchange(request, info, _NOBODY, audit_id)
        decision = self.policy.decide(attributes_of(info, _NOBODY))
        if decision.level is not Level.NONE:
            recording = Recording(self, decision, exchange, self.now())
            recording.status = events.response_status(response, events.body_of(response))
            recording.status["message"] = events.attempted(request)
            recording.write("ResponseStarted")


@dataclass(slots=True)
class Recording:
    """One request. ``requester`` is who sent it, also when it counts as somebody else's."""

    auditor: Auditor
    decision: Decision
    exchange: Exchange
    received: datetime
    requester: User = field(init=False)
    status: dict[str, Any] | None = None
    impersonated: User | None = None
    constraint: str = ""
    response_object: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.requester = self.exchange.user

    def impersonates(self, user: User, constraint: str) -> None:
        """The request counts as ``user``'s, allowed by ``constraint``."""
        self.impersonated, self.constraint = user, constraint

    def started(self, response: Response) -> None:
        """A watch: the answer begins."""
        self.status = events.response_status(response, None)
        self.write("ResponseStarted")

    def complete(self, response: Response) -> None:
        """The answer is out."""
        body = events.body_of(response) if self._wants_body(response) else None
        self.status = events.response_status(response, body)
        if self.decision.level is Level.REQUEST_RESPONSE and not events.holds_secrets(self.exchange.info):
            self.response_object = body
        self.write("ResponseComplete")

    def _wants_body(self, response: Response) -> bool:
        is_deletion = self.exchange.info.verb.startswith("delete")
        return response.code >= 400 or is_deletion or self.decision.level is Level.REQUEST_RESPONSE

    def panicked(self, response: Response) -> None:
        """The handler failed in a way that it should not."""
        self.status = {
            "metadata": {},
            "status": "Failure",
            "message": "APIServer panic'd",
            "reason": "InternalError",
            "code": response.code,
        }
        self.write("Panic")

    def write(self, stage: str) -> None:
        """Send the event of a stage to the sink, unless the policy omits it."""
        if stage not in self.decision.omitted:
            self.auditor.sink.record(self._event(stage))

    def _event(self, stage: str) -> dict[str, Any]:
        event: dict[str, Any] = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": self.decision.level.text,
            "auditID": self.exchange.audit_id,
            "stage": stage,
        }
        details = events.metadata(self.exchange.request, self.exchange.info, self.requester)
        for key in ("requestURI", "verb", "user"):
            event[key] = details.pop(key)
        if self.impersonated is not None:
            event["impersonatedUser"] = self.impersonated.to_info()
        if self.constraint:
            event["authenticationMetadata"] = {"impersonationConstraint": self.constraint}
        event |= details
        self._add_outcome(event, stage)
        event["requestReceivedTimestamp"] = events.stamp(self.received)
        event["stageTimestamp"] = events.stamp(self.received if stage == "RequestReceived" else self.auditor.now())
        if self.exchange.annotations and stage != "RequestReceived":
            event["annotations"] = dict(self.exchange.annotations)
        return event

    def _add_outcome(self, event: dict[str, Any], stage: str) -> None:
        if stage == "RequestReceived":
            return
        sent = self.exchange.request_object
        if sent is not None and "objectRef" in event:
            event["objectRef"] = events.with_object(event["objectRef"], sent)
        if self.status is not None:
            event["responseStatus"] = self.status
        if events.holds_secrets(self.exchange.info):
            return
        if self.decision.level >= Level.REQUEST:
            patch = events.patch_of(self.exchange.request_patch)
            if sent is not None:
                event["requestObject"] = self._shown(sent)
            elif patch is not None:
                event["requestObject"] = patch
        if self.response_object is not None:
            event["responseObject"] = self._shown(self.response_object)

    def _shown(self, obj: dict[str, Any]) -> dict[str, Any]:
        return events.without_managed_fields(obj) if self.decision.drop_managed_fields else obj
