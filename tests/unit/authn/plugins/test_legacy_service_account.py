"""Legacy service account tokens: good as long as their secret holds them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.authn.interface import Authenticated, Refused
from kubegate.authn.plugins.jwt_token import JwtTokens, PublicKeys
from kubegate.authn.plugins.legacy_service_account import INVALID_SINCE, ISSUER, LAST_USED, LegacyTokens
from kubegate.testing.credentials import new_key, token

NOW = 1_795_000_000.0  # 2026-11-18
KEY = new_key()
PREFIX = "kubernetes.io/serviceaccount/"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "system:serviceaccount:shop:web",
    f"{PREFIX}namespace": "shop",
    f"{PREFIX}secret.name": "web-token",
    f"{PREFIX}service-account.name": "web",
    f"{PREFIX}service-account.uid": "u-1",
}


class Cluster:
    """The account and the secret of a token."""

    def __init__(self, text: str, account: Object | None = None, secret: Object | None = None) -> None:
        stored = base64.b64encode(text.encode()).decode()
        self.objects: dict[str, Object | None] = {
            "serviceaccounts": {"metadata": {"name": "web", "uid": "u-1"}} if account is None else account,
            "secrets": {"metadata": {"name": "web-token"}, "data": {"token": stored}} if secret is None else secret,
        }
        self.used: list[tuple[str, str, str]] = []

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.objects[resource]

    def ask(self, text: str, *, lookup: bool = True) -> object:
        def mark(namespace: str, name: str, day: str) -> None:
            self.used.append((namespace, name, day))

        validator = LegacyTokens(self, lambda: NOW, lookup, mark)
        return JwtTokens({ISSUER: validator}, PublicKeys([KEY.public_key()]), ("api",)).authenticate_token(text, ())


def claims(**changes: Any) -> str:
    renamed = {name.replace("__", ".").replace("_", "-"): value for name, value in changes.items()}
    known = {f"{PREFIX}{name}" if f"{PREFIX}{name}" in CLAIMS else name: value for name, value in renamed.items()}
    return token({key: value for key, value in (CLAIMS | known).items() if value is not ...}, KEY)


def test_a_good_one() -> None:
    text = claims()
    cluster = Cluster(text)
    outcome = cluster.ask(text)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.to_info() == {
        "username": "system:serviceaccount:shop:web",
        "uid": "u-1",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:shop"],
    }
    assert outcome.audiences == ("api",)
    assert cluster.used == [("shop", "web-token", "2026-11-18")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (claims(sub=...), "sub claim is missing"),
        (claims(namespace=...), "namespace claim is missing"),
        (claims(secret__name=""), "secretName claim is missing"),
        (claims(service_account__name=...), "serviceAccountName claim is missing"),
        (claims(service_account__uid=...), "serviceAccountUID claim is missing"),
        (claims(sub="system:serviceaccount:shop:other"), "sub claim is invalid"),
        (claims(sub="web"), "sub claim is invalid"),
        (claims(service_account__uid="u-2"), "ServiceAccount UID (u-1) does not match claim (u-2)"),
        (claims(aud=["vault"]), 'token audiences ["vault"] is invalid for the target audiences ["api"]'),
    ],
)
def test_claims(text: str, reason: str) -> None:
    outcome = Cluster(text).ask(text)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason


def test_exp_is_not_looked_at() -> None:
    text = claims(exp=1)
    assert isinstance(Cluster(text).ask(text), Authenticated)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret": {}}, "Token does not match server's copy"),
        ({"secret": {"data": {"token": "%%%"}}}, "Token does not match server's copy"),
        ({"secret": {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}}, "Token has been invalidated"),
        (
            {"account": {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}},
            "ServiceAccount shop/web has been deleted",
        ),
        ({"account": {"metadata": {"uid": "u-9"}}}, "ServiceAccount UID (u-9) does not match claim (u-1)"),
    ],
)
def test_objects(changes: dict[str, Object], reason: str) -> None:
    text = claims()
    outcome = Cluster(text, **changes).ask(text)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason


def test_another_token_of_the_same_account_is_not_the_stored_one() -> None:
    first, second = claims(), claims(more="x")
    assert isinstance(Cluster(first).ask(second), Refused)


def test_missing_objects() -> None:
    text = claims()
    for resource, reason in (
        ("secrets", "Token has been invalidated"),
        ("serviceaccounts", 'serviceaccounts "web" not found'),
    ):
        cluster = Cluster(text)
        cluster.objects[resource] = None
        outcome = cluster.ask(text)
        assert isinstance(outcome, Refused)
        assert outcome.reason == reason


def labelled(text: str, labels: dict[str, str]) -> Object:
    stored = base64.b64encode(text.encode()).decode()
    return {"metadata": {"name": "web-token", "labels": labels}, "data": {"token": stored}}


def test_a_secret_marked_invalid() -> None:
    text = claims()
    outcome = Cluster(text, secret=labelled(text, {INVALID_SINCE: "2026-01-01"})).ask(text)
    assert isinstance(outcome, Refused)
    assert "has been marked invalid" in outcome.reason


@pytest.mark.parametrize(("day", "noted"), [("2026-11-17", True), ("2026-11-18", False), ("2026-11-19", False)])
def test_the_day_of_use_is_noted_once(day: str, noted: bool) -> None:
    text = claims()
    cluster = Cluster(text, secret=labelled(text, {LAST_USED: day}))
    assert isinstance(cluster.ask(text), Authenticated)
    assert bool(cluster.used) is noted


def test_auto_generated_ones_are_warned_about() -> None:
    text = claims()
    account = {"metadata": {"name": "web", "uid": "u-1"}, "secrets": [{"name": "web-token"}]}
    outcome = Cluster(text, account=account).ask(text)
    assert isinstance(outcome, Authenticated)
    assert outcome.warnings[0].startswith("Use tokens from the TokenRequest API")


def test_without_lookup_the_signature_is_enough() -> None:
    text = claims()
    cluster = Cluster(text)
    cluster.objects = {"secrets": None, "serviceaccounts": None}
    assert isinstance(cluster.ask(text, lookup=False), Authenticated)
