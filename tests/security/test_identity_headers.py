"""Headers that claim an identity count only from whom may send them; whatever is refused never becomes anonymous."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.apiserver.impersonation import resolve, wanted_user
from kubegate.authn.interface import Authenticated, Authenticator, Credentials, Refused
from kubegate.authz.impersonation.impersonator import Impersonated, Impersonator
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.compose.authn import build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.testing.credentials import Authority

PROXIES, CLIENTS = Authority("proxies"), Authority("clients")
CLAIM = {"x-remote-user": ["root"], "x-remote-group": ["system:masters"]}


@pytest.fixture
def authenticator(tmp_path: Path) -> Authenticator:
    (tmp_path / "proxies.crt").write_bytes(PROXIES.pem)
    (tmp_path / "clients.crt").write_bytes(CLIENTS.pem)
    (tmp_path / "tokens.csv").write_text("s3cret,bob,1\n")
    options = AuthnOptions(
        client_ca_file=str(tmp_path / "clients.crt"),
        token_auth_file=str(tmp_path / "tokens.csv"),
        requestheader_client_ca_file=str(tmp_path / "proxies.crt"),
        requestheader_allowed_names=["front"],
        requestheader_username_headers=["X-Remote-User"],
        requestheader_group_headers=["X-Remote-Group"],
        requestheader_extra_headers_prefix=["X-Remote-Extra-"],
    )
    return build_authn(options).authenticator


def name(authenticator: Authenticator, credentials: Credentials) -> str:
    outcome = authenticator.authenticate(credentials)
    return outcome.user.name if isinstance(outcome, Authenticated) else "(refused)"


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (PROXIES.issue("front").presented, "root"),
        ((), "system:anonymous"),
        (CLIENTS.issue("mallory").presented, "mallory"),
        (CLIENTS.issue("front").presented, "front"),
        (PROXIES.issue("other").presented, "(refused)"),
        (Authority("proxies").issue("front").presented, "(refused)"),
    ],
    ids=["proxy", "nobody", "client", "client of the proxy's name", "unlisted proxy", "forged proxy"],
)
def test_x_remote_user_counts_from_the_proxy_only(
    authenticator: Authenticator, chain: tuple[bytes, ...], expected: str
) -> None:
    assert name(authenticator, Credentials(CLAIM, chain)) == expected


@pytest.mark.parametrize("header", ["x_remote_user", "x-remote-user ", "x-remote-userx"])
def test_look_alike_header_names_are_others(authenticator: Authenticator, header: str) -> None:
    assert name(authenticator, Credentials({header: ["root"]}, PROXIES.issue("front").presented)) == "(refused)"


@pytest.mark.parametrize(
    "headers",
    [{"authorization": ["Bearer wrong"]}, {"authorization": ["Bearer S3CRET"]}, {"authorization": ["Bearer s3cret\0"]}],
)
def test_a_refused_credential_never_becomes_anonymous(authenticator: Authenticator, headers: dict[str, list[str]]) -> None:
    assert isinstance(authenticator.authenticate(Credentials(headers)), Refused)


def test_a_refused_certificate_never_becomes_anonymous(authenticator: Authenticator) -> None:
    assert isinstance(authenticator.authenticate(Credentials(certificates=Authority("x").issue("a").presented)), Refused)


def test_the_refusal_does_not_repeat_the_token(authenticator: Authenticator) -> None:
    outcome = authenticator.authenticate(Credentials({"authorization": ["Bearer almost-s3cret"]}))
    assert "almost-s3cret" not in repr(outcome)


class Allow:
    """Allows the listed (verb, resource) and notes what was asked."""

    def __init__(self, *allowed: tuple[str, str]) -> None:
        self.allowed = allowed
        self.asked: list[tuple[str, str, str]] = []

    def authorize(self, attributes: Attributes) -> Verdict:
        self.asked.append((attributes.verb, attributes.resource, attributes.name))
        good = (attributes.verb, attributes.resource) in self.allowed
        return Verdict(Decision.ALLOW if good else Decision.NO_OPINION)


REQUEST = Attributes(User.of("mallory"), "get", resource="secrets", namespace="kube-system", name="s")


def test_every_group_and_every_extra_value_is_asked_about() -> None:
    asks = Allow(("impersonate", "users"), ("impersonate", "groups"), ("impersonate", "userextras"))
    headers = {
        "impersonate-user": ["jane"],
        "impersonate-group": ["a", "b"],
        "impersonate-extra-example.com%2fk": ["1", "2"],
    }
    outcome = resolve(Impersonator(asks), headers, REQUEST)
    assert isinstance(outcome, Impersonated)
    asked = [question for question in asks.asked if question[0] == "impersonate"]
    assert asked == [
        ("impersonate", "users", "jane"),
        ("impersonate", "groups", "a"),
        ("impersonate", "groups", "b"),
        ("impersonate", "userextras", "1"),
        ("impersonate", "userextras", "2"),
    ]


def test_the_first_of_several_user_headers_counts() -> None:
    found = wanted_user({"impersonate-user": ["jane", "system:admin"]})
    assert isinstance(found, User)
    assert found.name == "jane"


@pytest.mark.parametrize("groups", [["system:masters"], ["a", "b", "c", "system:masters"], [""]])
def test_constrained_impersonation_never_gives_master_rights(groups: list[str]) -> None:
    asks = Allow(
        ("impersonate-on:user-info:get", "secrets"),
        ("impersonate:user-info", "users"),
        ("impersonate:user-info", "groups"),
    )
    outcome = resolve(Impersonator(asks), {"impersonate-user": ["jane"], "impersonate-group": groups}, REQUEST)
    assert isinstance(outcome, Status)
    assert outcome.code == 403


def test_an_allowed_action_is_no_allowed_identity() -> None:
    outcome = resolve(
        Impersonator(Allow(("impersonate-on:user-info:get", "secrets"))), {"impersonate-user": ["jane"]}, REQUEST
    )
    assert isinstance(outcome, Status)


def test_an_allowed_identity_is_no_allowed_action() -> None:
    outcome = resolve(Impersonator(Allow(("impersonate:user-info", "users"))), {"impersonate-user": ["jane"]}, REQUEST)
    assert isinstance(outcome, Status)


def test_nodes_are_not_impersonated_as_ordinary_users() -> None:
    asks = Allow(("impersonate-on:user-info:get", "secrets"), ("impersonate:user-info", "users"))
    outcome = resolve(Impersonator(asks), {"impersonate-user": ["system:node:n1"]}, REQUEST)
    assert isinstance(outcome, Status)


def test_everything_but_a_name_is_a_bad_request() -> None:
    for headers in ({"impersonate-group": ["system:masters"]}, {"impersonate-uid": ["0"]}, {"impersonate-extra-a": ["b"]}):
        outcome = resolve(Impersonator(Allow()), headers, REQUEST)
        assert isinstance(outcome, Status)
        assert outcome.code == 400
