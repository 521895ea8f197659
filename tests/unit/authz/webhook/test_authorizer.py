"""The Webhook authorizer against a real HTTP service on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.authz.observer import Nobody
from kubegate.authz.webhook.authorizer import WebhookAuthorizer, WebhookSettings
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import Remote

REQUEST = Attributes(User.of("alice", ["devs"]), "get", version="*", resource="pods", namespace="n", name="p")


@dataclass
class Service:
    """A webhook whose next answers are queued; remembers what it was asked."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.asked.append(review)
            service.paths.append(self.path)
            code, answer = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
            body = answer if isinstance(answer, bytes) else json.dumps({**review, "status": answer}).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield service
    server.shutdown()
    server.server_close()


def authorizer(url: str, *, conditions: Any = (), clock: Any = lambda: 0.0, **settings: Any) -> WebhookAuthorizer:
    defaults = {"name": "hook", "version": "v1", "authorized_ttl": 0, "unauthorized_ttl": 0, "timeout": 60}
    made = WebhookSettings(**{**defaults, **settings})
    return WebhookAuthorizer(made, Client(Remote(url), timeout=60), conditions, clock=clock, sleep=lambda seconds: None)


TABLE = [
    ({"allowed": True, "reason": "ok"}, Decision.ALLOW, "ok", ()),
    ({"allowed": False, "reason": "hm"}, Decision.NO_OPINION, "hm", ()),
    ({"allowed": False, "denied": True, "reason": "no"}, Decision.DENY, "no", ()),
    (
        {"allowed": True, "denied": True},
        Decision.DENY,
        "",
        ("webhook subject access review returned both allow and deny response",),
    ),
    ({"allowed": False, "evaluationError": "trouble"}, Decision.NO_OPINION, "", ()),  # the webhook's own is discarded
    ({}, Decision.NO_OPINION, "", ()),
    ({"allowed": True, "denied": None, "reason": None}, Decision.ALLOW, "", ()),  # null says nothing
    ({"allowed": None}, Decision.NO_OPINION, "", ()),
    (None, Decision.NO_OPINION, "", ()),
]


@pytest.mark.parametrize(("status", "decision", "reason", "errors"), TABLE)
def test_answers(service: Service, status: Any, decision: Decision, reason: str, errors: tuple[str, ...]) -> None:
    service.answers = [(200, status)]
    verdict = authorizer(service.url).authorize(REQUEST)
    assert (verdict.decision, verdict.reason, verdict.errors) == (decision, reason, errors)


def answer(**fields: Any) -> bytes:
    """What a service answers."""
    return json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", **fields}).encode()


def test_what_an_answer_says_twice_is_merged(service: Service) -> None:
    """Where another reader would take the last, which allows."""
    body = answer(status={"denied": True})[:-1] + b', "status": {"allowed": true}}'
    service.answers = [(200, body)]
    assert authorizer(service.url).authorize(REQUEST).decision is Decision.DENY


def test_names_that_are_not_unicode_are_asked_about(service: Service) -> None:
    service.answers = [(200, {"allowed": True})]
    user = User.of("\ud800", extra={"k": ["\udcfe"]})
    request = Attributes(user, "get", is_resource=False, path="/\udcff")
    assert authorizer(service.url).authorize(request).allowed
    spec = service.asked[0]["spec"]
    assert (spec["user"], spec["extra"]["k"], spec["nonResourceAttributes"]["path"]) == ("\ufffd", ["\ufffd"], "/\ufffd")


YAML = b"apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nstatus: {allowed: true}\n"


@pytest.mark.parametrize("body", [YAML, b"\xef\xbb\xbf" + answer(status={"allowed": True})])
def test_an_answer_may_be_yaml(service: Service, body: bytes) -> None:
    service.answers = [(200, body)]
    assert authorizer(service.url).authorize(REQUEST).allowed


FAILURES = [
    (403, b"no", "no"),
    (404, b"where", "the server could not find the requested resource"),
    (500, b"boom", 'an error on the server ("boom") has prevented the request from succeeding'),
    (200, b"not json", "json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string"),
    (200, b"", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
    (200, b'{"a":' * 5000 + b"1" + b"}" * 5000, "json parse error: exceeded max depth"),
    (200, b"[" * 5000, ""),
    (200, answer(status={"allowed": True}) + b"x", "invalid character 'x' after top-level value"),
    (200, b"a: [", "did not find expected node content"),
    (200, b'{"apiVersion":"authorization.k8s.io/v1beta1","kind":"SubjectAccessReview"}', "unknown conversion"),
    (200, b'{"apiVersion":"v1","kind":"Pod"}', "no kind"),
    (
        200,
        b'{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","status":{"allowed":"yes"}}',
        "of type bool",
    ),
    (
        200,
        answer(status={"allowed": True, "evaluationError": 7}),
        "SubjectAccessReviewStatus.status.evaluationError of type string",
    ),
    (200, answer(status={"allowed": True}, spec=7), "SubjectAccessReview.spec of type v1.SubjectAccessReviewSpec"),
    (200, answer(status={"allowed": True}, kind=7), "cannot unmarshal number into Go struct field .kind of type string"),
    (200, answer(status=[True]), "SubjectAccessReview.status of type v1.SubjectAccessReviewStatus"),
    (200, b'{"apiVersion":"authorization.k8s.io/v1","status":{"allowed":true}}', "Object 'Kind' is missing in"),
    (200, b'{"kind":"SubjectAccessReview","status":{"allowed":true}}', "Object 'apiVersion' is missing in"),
]


@pytest.mark.parametrize("policy", [Decision.NO_OPINION, Decision.DENY])
@pytest.mark.parametrize(("code", "body", "text"), FAILURES)
def test_failures_follow_the_policy_and_never_allow(
    service: Service, code: int, body: bytes, text: str, policy: Decision
) -> None:
    service.answers = [(code, body)]
    verdict = authorizer(service.url, on_failure=policy).authorize(REQUEST)
    assert verdict.decision is policy
    assert text in verdict.errors[0]


def test_an_unreachable_service_is_named() -> None:
    verdict = authorizer("http://127.0.0.1:1/hook", on_failure=Decision.DENY).authorize(REQUEST)
    assert verdict.decision is Decision.DENY
    assert verdict.errors == (
        'Post "http://127.0.0.1:1/hook?timeout=1m0s": dial tcp 127.0.0.1:1: connect: connection refused',
    )


def test_server_errors_are_retried(service: Service) -> None:
    service.answers = [(500, b"boom"), (500, b"boom"), (200, {"allowed": True})]
    assert authorizer(service.url).authorize(REQUEST).allowed
    assert len(service.asked) == 3


def test_refusals_are_not_retried(service: Service) -> None:
    service.answers = [(403, b"no"), (200, {"allowed": True})]
    assert not authorizer(service.url).authorize(REQUEST).allowed


def test_what_is_sent_in_v1(service: Service) -> None:
    service.answers = [(200, {})]
    request = Attributes(
        User.of("alice", ["devs"], uid="42", extra={"scope": ["rw"]}),
        "list",
        version="*",
        resource="pods",
        label_requirements=(SelectorRequirement("a", "In", ("b",)),),
    )
    authorizer(service.url).authorize(request)
    assert service.paths == ["/hook?timeout=1m0s"]
    assert service.asked == [
        {
            "kind": "SubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "metadata": {},
            "spec": {
                "resourceAttributes": {
                    "verb": "list",
                    "version": "*",
                    "resource": "pods",
                    "labelSelector": {"requirements": [{"key": "a", "operator": "In", "values": ["b"]}]},
                },
                "user": "alice",
                "groups": ["devs"],
                "extra": {"scope": ["rw"]},
                "uid": "42",
            },
            "status": {"allowed": False},
        }
    ]


def test_v1beta1_writes_group(service: Service) -> None:
    service.answers = [(200, {})]
    authorizer(service.url, version="v1beta1").authorize(
        Attributes(User.of("a", ["g"]), "get", is_resource=False, path="/x")
    )
    assert service.asked[0]["spec"] == {
        "nonResourceAttributes": {"path": "/x", "verb": "get"},
        "user": "a",
        "group": ["g"],
    }


def test_answers_are_cached_for_their_time(service: Service) -> None:
    service.answers = [(200, {"allowed": True})]
    now = [0.0]
    asked = authorizer(service.url, authorized_ttl=10, clock=lambda: now[0])
    for moment in (0.0, 9.9, 10.0):
        now[0] = moment
        assert asked.authorize(REQUEST).allowed
    assert len(service.asked) == 2


def test_caching_can_be_off_for_one_kind_of_answer(service: Service) -> None:
    service.answers = [(200, {"allowed": True})]
    asked = authorizer(service.url, authorized_ttl=10, cache_authorized=False)
    asked.authorize(REQUEST)
    asked.authorize(REQUEST)
    assert len(service.asked) == 2


@dataclass
class Condition:
    """A fake condition: a truth value, or an evaluation error."""

    outcome: bool | str

    def matches(self, spec: dict[str, Any]) -> bool:
        if isinstance(self.outcome, str):
            raise Unavailable(self.outcome)
        return self.outcome


CONDITIONS = [
    ([True, True], True, ()),
    ([True, False], False, ()),
    (["bad", False], False, ()),  # false wins over an error
    (["bad", True], False, ("bad",)),
    (["a", "b"], False, ("[a, b]",)),
]


@pytest.mark.parametrize(("outcomes", "asked", "errors"), CONDITIONS)
def test_match_conditions(service: Service, outcomes: list[bool | str], asked: bool, errors: tuple[str, ...]) -> None:
    service.answers = [(200, {"allowed": True})]
    verdict = authorizer(service.url, conditions=[Condition(row) for row in outcomes]).authorize(REQUEST)
    assert verdict.allowed is asked
    assert len(service.asked) == (1 if asked else 0)
    assert verdict.errors == errors


class Watching(Nobody):
    """An observer that notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def asked(self, name: str, result: str, seconds: float) -> None:
        self.heard.append(("asked", result))

    def failed_open(self, name: str, result: str) -> None:
        self.heard.append(("open", result))


ASKED = [
    ([(200, {})], [("asked", "success")]),
    ([(200, b"not json")], [("asked", "error"), ("open", "error")]),
    ([(200, answer(status={"allowed": 1}))], [("asked", "error"), ("open", "error")]),
    ([(500, b"boom"), (200, {})], [("asked", "error"), ("asked", "success")]),
    ([(504, b"late")], [("asked", "timeout")] * 5 + [("open", "timeout")]),
    ([(403, b"no")], [("asked", "error"), ("open", "error")]),
]


@pytest.mark.parametrize(("answers", "heard"), ASKED)
def test_an_observer_hears_of_each_time_it_was_asked(service: Service, answers: Any, heard: Any) -> None:
    service.answers = answers
    watching = Watching()
    asking = authorizer(service.url)
    WebhookAuthorizer(asking.settings, asking.client, sleep=lambda seconds: None, observer=watching).authorize(REQUEST)
    assert watching.heard == heard
