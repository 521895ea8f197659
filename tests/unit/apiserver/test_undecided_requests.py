"""A request of which an authorizer could not tell whether it may be made is an error of the server, not a refusal."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request, Response
from kubegate.apiserver.pipeline import Pipeline
from kubegate.authn.interface import Authenticated, Credentials
from kubegate.authz.chain import Chain
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, Verdict

OUTAGE = 'Post "https://hook?timeout=3s&x=<y>": connection refused'


class Fixed:
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def authorize(self, attributes: Attributes) -> Verdict:
        return self.verdict


class Alice:
    def authenticate(self, credentials: Credentials) -> Authenticated:
        return Authenticated(User("alice"))


def answer(*verdicts: Verdict) -> Response:
    def handle(exchange: Exchange) -> Response:
        return Response(200, b"", "text/plain")

    pipeline = Pipeline(Alice(), Chain([Fixed(verdict) for verdict in verdicts]), handle, None)
    return pipeline.handle(Request("GET", "/api/v1/pods", {"limit": ["1"], "a": ["b"]}, uri="/api/v1/pods?limit=1&a=b"))


def failed(decision: Decision, by: str = "", error: str = OUTAGE) -> Verdict:
    return Verdict(decision, "", Determinant(by) if by else None, (error,))


@pytest.mark.parametrize("verdict", [failed(Decision.NO_OPINION), failed(Decision.DENY), failed(Decision.DENY, "Webhook")])
def test_an_outage_is_told_as_such(verdict: Verdict) -> None:
    response = answer(verdict)
    assert response.code == 500
    assert response.content_type.startswith("text/plain")
    assert response.body == (
        b'Internal Server Error: "/api/v1/pods?limit=1&amp;a=b": '
        b'Post "https://hook?timeout=3s&amp;x=&lt;y&gt;": connection refused\n'
    )


def test_all_errors_are_told() -> None:
    response = answer(failed(Decision.NO_OPINION), failed(Decision.NO_OPINION, error="other"), failed(Decision.NO_OPINION))
    assert b"connection refused, other]" in bytes(response.body)  # type: ignore[arg-type]


def test_who_is_allowed_by_another_authorizer_does_not_notice() -> None:
    assert answer(failed(Decision.NO_OPINION), Verdict(Decision.ALLOW)).code == 200


def test_what_is_known_to_be_refused_is_refused() -> None:
    assert answer(NO_OPINION).code == 403
    assert answer(failed(Decision.DENY, "AccessPolicy")).code == 403
