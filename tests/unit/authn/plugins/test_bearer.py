"""Tokens in headers: Authorization and Sec-WebSocket-Protocol."""

from __future__ import annotations

import base64

import pytest

from kubegate.api.user import User
from kubegate.authn.interface import ABSENT, Authenticated, Credentials, NotPresented, Outcome, Refused
from kubegate.authn.plugins.bearer import BearerToken
from kubegate.authn.plugins.websocket import PREFIX, WebSocketProtocol


class Tokens:
    """Knows the token ``good``, and one that is not ASCII."""

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        return Authenticated(User(token)) if token in ("good", "gü") else ABSENT


INVALID = "invalid bearer token"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer good", "good"),
        ("bearer good", "good"),
        ("BEARER good", "good"),
        ("  Bearer good  ", "good"),
        ("Bearer good more", "good"),
        ("Bearer gü".encode().decode("latin-1"), "gü"),
        ("Bearer bad", INVALID),
        ("Bearer good,", INVALID),
        ("Bearer Good", INVALID),
        ("Bearer more good", INVALID),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer  good", None),
        ("Bearer\tgood", None),
        ("good", None),
        ("Basic good", None),
        ("", None),
    ],
)
def test_authorization(value: str, expected: str | None) -> None:
    outcome = BearerToken(Tokens()).authenticate(Credentials({"authorization": [value]}))
    if expected is None:
        assert isinstance(outcome, NotPresented)
    elif expected == INVALID:
        assert outcome == Refused(INVALID)
    else:
        assert outcome == Authenticated(User(expected))


def test_an_extra_space_is_told() -> None:
    outcome = BearerToken(Tokens()).authenticate(Credentials({"authorization": ["Bearer  good"]}))
    assert outcome.warnings == (
        "the provided Authorization header contains extra space before the bearer token, and is ignored",
    )


def test_of_several_headers_the_first_counts() -> None:
    plugin = BearerToken(Tokens())
    assert plugin.authenticate(Credentials({"authorization": ["Bearer bad", "Bearer good"]})) == Refused(INVALID)
    assert isinstance(plugin.authenticate(Credentials({"authorization": ["Bearer good", "Bearer bad"]})), Authenticated)


def encoded(token: bytes) -> str:
    return PREFIX + base64.urlsafe_b64encode(token).rstrip(b"=").decode()


UPGRADE = {"upgrade": ["websocket"], "connection": ["keep-alive, Upgrade"]}


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        ([f"{encoded(b'good')}, v4.channel.k8s.io"], "good"),
        ([encoded(b"good"), "v4.channel.k8s.io"], "good"),
        ([f"v4.channel.k8s.io,{encoded(b'good')}"], "good"),
        ([f"{encoded(b'bad')}, x"], INVALID),
        ([encoded(b"good")], "missing additional subprotocol"),
        ([f"{encoded(b'good')}, {encoded(b'good')}, x"], "multiple base64.bearer.authorization tokens specified"),
        ([f"{PREFIX}%%%, x"], "invalid base64.bearer.authorization token encoding"),
        ([f"{PREFIX}Z29vZA==, x"], "invalid base64.bearer.authorization token encoding"),
        ([f"{encoded(bytes([255]))}, x"], "invalid base64.bearer.authorization token"),
        ([f"{PREFIX}, x"], None),
        (["x"], None),
    ],
)
def test_websocket(protocols: list[str], expected: str | None) -> None:
    headers = {**UPGRADE, "sec-websocket-protocol": protocols}
    outcome = WebSocketProtocol(Tokens()).authenticate(Credentials(headers))
    if expected is None:
        assert outcome == ABSENT
    elif expected == "good":
        assert outcome == Authenticated(User("good"))
    else:
        assert outcome == Refused(expected)


@pytest.mark.parametrize(
    "headers", [{}, {"upgrade": ["websocket"]}, {"connection": ["upgrade"]}, {**UPGRADE, "upgrade": ["h2c"]}]
)
def test_without_an_upgrade_it_is_no_token(headers: dict[str, list[str]]) -> None:
    offered = {**headers, "sec-websocket-protocol": [f"{encoded(b'good')}, x"]}
    assert WebSocketProtocol(Tokens()).authenticate(Credentials(offered)) == ABSENT
