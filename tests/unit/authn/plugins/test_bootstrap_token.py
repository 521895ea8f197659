"""Bootstrap tokens: everything about the Secret must fit."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kubegate.api.bootstrap_token import seconds_left
from kubegate.api.names import Object
from kubegate.authn.interface import ABSENT, Authenticated
from kubegate.authn.plugins.bootstrap_token import BootstrapTokens, extra_groups

NOW = 1_800_000_000.0
DATA = {"token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true"}
TOKEN = "abcdef.0123456789abcdef"


def secret(changes: dict[str, str | None], **more: Any) -> Object:
    data = {key: value for key, value in (DATA | changes).items() if value is not None}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"metadata": {}, "type": "bootstrap.kubernetes.io/token", "data": encoded, **more}


class Secrets:
    def __init__(self, obj: Object) -> None:
        self.obj = obj

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.obj if (resource, namespace, name) == ("secrets", "kube-system", "bootstrap-token-abcdef") else None


def groups(obj: Object, token: str = TOKEN) -> tuple[str, ...] | None:
    outcome = BootstrapTokens(Secrets(obj), lambda: NOW).authenticate_token(token, ())
    if not isinstance(outcome, Authenticated):
        assert outcome == ABSENT
        return None
    assert outcome.user.name == "system:bootstrap:abcdef"
    return outcome.user.groups


BASE = ("system:bootstrappers",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, BASE),
        ({"expiration": "2090-01-01T00:00:00Z"}, BASE),
        ({"expiration": "2020-01-01T00:00:00Z"}, None),
        ({"expiration": "2090-01-01"}, None),
        ({"expiration": "soon"}, None),
        ({"token-secret": "0123456789abcdeg"}, None),
        ({"token-secret": None}, None),
        ({"token-id": "abcdeg"}, None),
        ({"usage-bootstrap-authentication": "false"}, None),
        ({"usage-bootstrap-authentication": "True"}, None),
        ({"usage-bootstrap-authentication": None}, None),
        ({"usage-bootstrap-signing": "true"}, BASE),
        ({"auth-extra-groups": ""}, BASE),
        (
            {"auth-extra-groups": "system:bootstrappers:b,system:bootstrappers:a"},
            (*BASE, "system:bootstrappers:a", "system:bootstrappers:b"),
        ),
        ({"auth-extra-groups": "system:bootstrappers:a,system:masters"}, None),
        ({"auth-extra-groups": "system:bootstrappers:a,"}, None),
        ({"auth-extra-groups": "system:bootstrappers:"}, None),
        ({"auth-extra-groups": "system:bootstrappers:A"}, None),
    ],
)
def test_data(changes: dict[str, str | None], expected: tuple[str, ...] | None) -> None:
    assert groups(secret(changes)) == expected


@pytest.mark.parametrize(
    "obj",
    [
        secret({}, type="Opaque"),
        secret({}, data=None),
        secret({}, metadata={"deletionTimestamp": "2020-01-01T00:00:00Z"}),
        secret({}, data={"token-secret": "%%%"}),
    ],
)
def test_other_flaws(obj: Object) -> None:
    assert groups(obj) is None


@pytest.mark.parametrize(
    "token", ["", "abcdef", "ABCDEF.0123456789abcdef", TOKEN + "0", TOKEN + ".x", " " + TOKEN, "zzzzzz.0123456789abcdef"]
)
def test_forms(token: str) -> None:
    assert groups(secret({}), token) is None


@pytest.mark.parametrize(
    ("expiration", "left"),
    [
        (None, None),
        ("2027-01-15T09:00:10+01:00", 10),
        ("2027-01-15T08:00:10.5Z", 10.5),
        ("2027-01-15T8:00:10Z", 10),
        ("2027-01-15T08:00:00Z", 0),
        ("2027-01-15T09:59:59+02:00", 0),
        ("2027-01-15T08:00:10", 0),
        ("2027-02-30T08:00:10Z", 0),
    ],
)
def test_expiry_has_zones(expiration: str | None, left: float | None) -> None:
    assert seconds_left(secret({"expiration": expiration}), NOW) == left


def test_bytes_that_are_no_text() -> None:
    assert groups(secret({}, data=secret({})["data"] | {"token-secret": "/////w=="})) is None


def test_groups_once_and_sorted() -> None:
    assert extra_groups("system:bootstrappers:a,system:bootstrappers:a") == (*BASE, "system:bootstrappers:a")
