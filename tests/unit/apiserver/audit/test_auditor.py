"""The events of a request's stages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.audit.auditor import Auditor
from kubegate.apiserver.audit.policy import Policy
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.pipeline import Pipeline
from kubegate.authn.interface import Authenticated, Credentials, Outcome, Refused
from kubegate.authz.impersonation.impersonator import Impersonated
from kubegate.authz.interface import Attributes, Decision, Verdict

ALICE = User.of("alice", ["system:authenticated"])
NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
STATUS = {"kind": "Status", "status": "Failure", "message": "no", "reason": "Forbidden", "details": {}, "code": 403}


class Events(list[dict[str, Any]]):
    """A sink that keeps them."""

    def record(self, event: dict[str, Any]) -> None:
        self.append(orjson.loads(orjson.dumps(event)))


class World:
    """A server around one handler."""

    def __init__(self, level: str, *, outcome: Outcome | None = None, allow: bool = True, **policy: Any) -> None:
        self.events = Events()
        self.outcome = outcome or Authenticated(ALICE, annotations=(("a.io/k", "v"),))
        self.allow = allow
        self.response = Response(200, b'{"kind":"Pod","metadata":{"name":"p","managedFields":[1]}}')
        self.sent: dict[str, Any] | None = None
        self.impersonated: Impersonated | None = None
        rules = Policy.model_validate({"rules": [{"level": level}], **policy})
        self.pipeline = Pipeline(self, self, self.handle, self, Auditor(rules, self.events, lambda: NOW))

    def authenticate(self, credentials: Credentials) -> Outcome:
        return self.outcome

    def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(Decision.ALLOW if self.allow else Decision.NO_OPINION, "because")

    def impersonate(self, request: Request, info: RequestInfo, user: User) -> Impersonated | None:
        return self.impersonated

    def handle(self, exchange: Exchange) -> Response:
        if self.sent is not None:
            exchange.keep_request(self.sent)
        if self.response.code == 599:
            raise RuntimeError("boom")
        return self.response

    def request(self, method: str = "GET", path: str = "/api/v1/namespaces/shop/pods/p", **more: Any) -> Response:
        query = {"watch": ["1"]} if path.endswith("?watch=1") else {}
        headers = {"user-agent": ["test"], "audit-id": ["id-1"], **more}
        request = Request(method, path.partition("?")[0], query, headers, remote="192.0.2.1", uri=path)
        return self.pipeline.handle(request)

    def stages(self) -> list[str]:
        return [event["stage"] for event in self.events]


def test_metadata() -> None:
    world = World("Metadata")
    world.request()
    assert world.stages() == ["RequestReceived", "ResponseComplete"]
    assert world.events[1] == {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "id-1",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/pods/p",
        "verb": "get",
        "user": {"username": "alice", "groups": ["system:authenticated"]},
        "sourceIPs": ["192.0.2.1"],
        "userAgent": "test",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "p", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-22T12:00:00.123456Z",
        "stageTimestamp": "2026-11-22T12:00:00.123456Z",
        "annotations": {
            "a.io/k": "v",
            "authorization.k8s.io/decision": "allow",
            "authorization.k8s.io/reason": "because",
        },
    }


def test_none_and_omitted_stages() -> None:
    world = World("None")
    world.request()
    assert world.stages() == []
    world = World("Metadata", omitStages=["RequestReceived"])
    world.request()
    assert world.stages() == ["ResponseComplete"]


SENT = {"kind": "Pod", "metadata": {"name": "new", "uid": "u", "managedFields": [1]}}


@pytest.mark.parametrize(
    ("level", "request_object", "response_object"),
    [("Metadata", False, False), ("Request", True, False), ("RequestResponse", True, True)],
)
def test_levels(level: str, request_object: bool, response_object: bool) -> None:
    world = World(level)
    world.sent = SENT
    world.request("POST", "/api/v1/namespaces/shop/pods")
    complete = world.events[-1]
    assert ("requestObject" in complete) is request_object
    assert ("responseObject" in complete) is response_object
    assert complete["objectRef"]["name"] == "new"
    assert complete["objectRef"]["uid"] == "u"


def test_managed_fields_can_be_left_out() -> None:
    world = World("RequestResponse", omitManagedFields=True)
    world.sent = SENT
    world.request("POST", "/api/v1/namespaces/shop/pods")
    assert "managedFields" not in str(world.events)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/shop/secrets",
        "/api/v1/namespaces/shop/serviceaccounts/web/token",
        "/apis/authentication.k8s.io/v1/tokenreviews",
    ],
)
def test_bodies_that_hold_secrets_are_never_recorded(path: str) -> None:
    world = World("RequestResponse")
    world.sent = {"data": {"password": "hunter2"}}
    world.response = Response(201, b'{"status":{"token":"hunter2"}}')
    world.request("POST", path, authorization=["Bearer hunter2"])
    assert world.stages() == ["RequestReceived", "ResponseComplete"]
    assert "hunter2" not in str(world.events)


def test_impersonation() -> None:
    world = World("Metadata")
    world.impersonated = Impersonated(User.of("jane"), "impersonate:user-info")
    world.request()
    assert world.events[1]["user"]["username"] == "alice"
    assert world.events[1]["impersonatedUser"] == {"username": "jane"}
    assert world.events[1]["authenticationMetadata"] == {"impersonationConstraint": "impersonate:user-info"}
    assert "impersonatedUser" not in world.events[0]


def test_a_denied_request() -> None:
    world = World("Metadata", allow=False)
    world.request()
    assert world.events[1]["annotations"]["authorization.k8s.io/decision"] == "forbid"
    assert world.events[1]["responseStatus"]["code"] == 403
    assert world.events[1]["responseStatus"]["reason"] == "Forbidden"


def test_a_refused_credential() -> None:
    world = World("Metadata", outcome=Refused("bad"))
    world.request(authorization=["Bearer hunter2"])
    assert world.stages() == ["ResponseStarted"]
    assert world.events[0]["user"] == {}
    assert world.events[0]["responseStatus"]["code"] == 401
    assert world.events[0]["responseStatus"]["message"] == "Authentication failed, attempted: bearer"
    assert "hunter2" not in str(world.events)


def test_a_watch_has_a_start_and_an_end() -> None:
    world = World("Metadata")

    def stream() -> Iterator[bytes]:
        yield b"{}\n"

    world.response = Response(200, stream())
    response = world.request(path="/api/v1/pods?watch=1")
    assert world.stages() == ["RequestReceived"]
    assert not isinstance(response.body, bytes)
    assert list(response.body) == [b"{}\n"]
    assert world.stages() == ["RequestReceived", "ResponseStarted", "ResponseComplete"]


def test_a_bug_is_a_panic() -> None:
    world = World("Metadata")
    world.response = Response(599)
    assert world.request().code == 500
    assert "Panic" in world.stages()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, ["192.0.2.1"]),
        ({"x-forwarded-for": ["198.51.100.7, junk, 198.51.100.8"]}, ["198.51.100.7", "198.51.100.8", "192.0.2.1"]),
        ({"x-real-ip": ["198.51.100.9"]}, ["198.51.100.9", "192.0.2.1"]),
        ({"x-forwarded-for": ["192.0.2.1"]}, ["192.0.2.1"]),
    ],
)
def test_addresses(headers: dict[str, list[str]], expected: list[str]) -> None:
    world = World("Metadata")
    world.request(**headers)
    assert world.events[0]["sourceIPs"] == expected
