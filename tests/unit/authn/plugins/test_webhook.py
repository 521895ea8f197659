"""Tokens judged by a remote service."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from kubegate.authn.interface import ABSENT, Authenticated, Outcome, Refused
from kubegate.authn.plugins.webhook import WebhookTokens
from kubegate.errors import Unavailable
from kubegate.outbound.exchange import Answer


class Service:
    """Answers with a status, a body, an HTTP code, or not at all; remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        self.asked.append(json.loads(body))
        assert query == "timeout=30s"
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return Answer(answer, b"", {})
        if isinstance(answer, dict) and "kind" not in answer:
            review = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": answer}
            return Answer(200, orjson.dumps(review), {})
        return Answer(200, answer if isinstance(answer, bytes) else orjson.dumps(answer), {})


def ask(
    service: Service, audiences: tuple[str, ...] = (), version: str = "v1", pauses: list[float] | None = None
) -> Outcome:
    taken = pauses if pauses is not None else []
    return WebhookTokens(service, version, ("api",), sleep=taken.append).authenticate_token("tok", audiences)


YES = {"authenticated": True, "user": {"username": "jane", "uid": "1", "groups": ["g"], "extra": {"k": ["v"]}}}


def test_what_is_sent() -> None:
    service = Service(YES)
    ask(service)
    assert service.asked == [
        {
            "kind": "TokenReview",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {},
            "spec": {"token": "tok", "audiences": ["api"]},
            "status": {"user": {}},
        }
    ]


def test_a_good_answer() -> None:
    outcome = ask(Service(YES))
    assert isinstance(outcome, Authenticated)
    assert outcome.user.to_info() == {"username": "jane", "uid": "1", "groups": ["g"], "extra": {"k": ["v"]}}
    assert outcome.audiences == ("api",)


@pytest.mark.parametrize(
    ("answer", "audiences", "expected"),
    [
        ({"authenticated": True}, (), Authenticated),
        (YES | {"error": "but"}, (), Authenticated),
        (YES | {"audiences": ["api", "x"]}, (), Authenticated),
        (YES | {"audiences": []}, (), Authenticated),
        (YES | {"audiences": ["x"]}, (), ABSENT),
        (YES | {"audiences": ["x"]}, ("x",), Authenticated),
        (YES, ("x",), ABSENT),
        ({"authenticated": False}, (), ABSENT),
        ({}, (), ABSENT),
        ({"authenticated": False, "error": "no!"}, (), "no!"),
        ({"authenticated": "true"}, (), "bool"),
        ({"authenticated": 1}, (), "bool"),
        ({"authenticated": True, "user": "jane"}, (), "cannot unmarshal"),
        ({"authenticated": True, "user": {"groups": "g"}}, (), "cannot unmarshal"),
        ({"authenticated": True, "user": {"username": ["jane"]}}, (), "cannot unmarshal"),
        (b"", (), "json parse error"),
        (b"[]", (), "json parse error"),
        ({"kind": "Foo", "apiVersion": "authentication.k8s.io/v1", "status": YES}, (), 'no kind "Foo"'),
        ({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1beta1", "status": YES}, (), "unknown conversion"),
        ({"kind": "TokenReview", "status": YES}, (), Authenticated),
        (401, (), "asked for the client to provide credentials"),
        (403, (), "unknown"),
        (Unavailable("down"), (), "down"),
    ],
)
def test_answers(answer: Any, audiences: tuple[str, ...], expected: Any) -> None:
    outcome = ask(Service(answer), audiences)
    if isinstance(expected, str):
        assert isinstance(outcome, Refused)
        assert expected in outcome.reason
    elif expected is ABSENT:
        assert outcome == ABSENT
    else:
        assert isinstance(outcome, expected)


def test_trouble_is_retried_a_few_times() -> None:
    service, pauses = Service(500), []
    outcome = ask(service, pauses=pauses)
    assert isinstance(outcome, Refused)
    assert outcome.transient
    assert len(service.asked) == 5
    assert len(pauses) == 4
    assert pauses == sorted(pauses)


def test_a_retry_may_succeed() -> None:
    assert isinstance(ask(Service(500, 429, YES)), Authenticated)


def test_the_older_version() -> None:
    answer = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1beta1", "status": YES}
    assert isinstance(ask(Service(answer), version="v1beta1"), Authenticated)
