"""From flags to the authenticator: order, anonymous access, reload of files, what stops the start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kubegate.authn.interface import Authenticated, Credentials, Outcome
from kubegate.compose.authn import build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError
from kubegate.testing.credentials import Authority, new_key, private_pem, public_pem, token

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"


def options(**values: Any) -> AuthnOptions:
    return AuthnOptions.model_validate(values)


def bearer(token: str) -> Credentials:
    return Credentials({"authorization": [f"Bearer {token}"]})


def name(outcome: Outcome) -> str | None:
    return outcome.user.name if isinstance(outcome, Authenticated) else None


def write(path: Path, text: str | bytes, when: int = 0) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    if when:
        os.utime(path, ns=(when, when))
    return str(path)


@pytest.mark.parametrize(
    ("values", "always_allow", "expected"),
    [
        ({}, False, "system:anonymous"),
        ({"anonymous_auth": False}, False, None),
        ({}, True, None),
    ],
)
def test_anonymous(values: dict[str, Any], always_allow: bool, expected: str | None) -> None:
    parts = build_authn(options(**values), always_allow=always_allow)
    assert name(parts.authenticator.authenticate(Credentials())) == expected


@pytest.mark.parametrize(("path", "expected"), [("/livez", "system:anonymous"), ("/api", None)])
def test_anonymous_by_configuration(tmp_path: Path, path: str, expected: str | None) -> None:
    text = f"{HEAD}anonymous: {{enabled: true, conditions: [{{path: /livez}}]}}\n"
    parts = build_authn(options(authentication_config=write(tmp_path / "c.yaml", text)))
    assert name(parts.authenticator.authenticate(Credentials(path=path))) == expected


def test_a_good_certificate_comes_before_a_token(tmp_path: Path) -> None:
    clients = Authority("clients")
    parts = build_authn(
        options(
            client_ca_file=write(tmp_path / "ca.crt", clients.pem),
            token_auth_file=write(tmp_path / "t.csv", "tok,tokenuser,1\n"),
        )
    )
    good, bad = clients.issue("certuser").presented, Authority("clients").issue("certuser").presented
    for chain, text, expected in (
        (good, "tok", "certuser"),
        (good, "x", "certuser"),
        (bad, "tok", "tokenuser"),
        (bad, "x", None),
    ):
        credentials = Credentials(bearer(text).headers, chain)
        assert name(parts.authenticator.authenticate(credentials)) == expected


def test_the_authorities_are_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("kubegate.authn.reload.time.monotonic", lambda: clock[0])
    old, new = Authority("old"), Authority("new")
    file = write(tmp_path / "ca.crt", old.pem, when=1)
    authenticator = build_authn(options(client_ca_file=file)).authenticator
    asked = Credentials(certificates=new.issue("alice").presented)
    assert name(authenticator.authenticate(asked)) is None
    write(tmp_path / "ca.crt", new.pem, when=2)
    clock[0] = 10.0
    assert name(authenticator.authenticate(asked)) == "alice"


def test_a_configuration_file_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("kubegate.authn.reload.time.monotonic", lambda: clock[0])
    asked: list[str] = []

    def make_fetch(authority: str) -> Any:
        def fetch(url: str, headers: Any) -> bytes:
            asked.append(url)
            return b"{}"

        return fetch

    entry = "jwt: [{issuer: {url: 'https://%s', audiences: [a]}, claimMappings: {username: {claim: sub, prefix: ''}}}]\n"
    file = write(tmp_path / "c.yaml", HEAD + entry % "one", when=1)
    authenticator = build_authn(options(authentication_config=file), make_fetch=make_fetch).authenticator

    def knock(issuer: str) -> None:
        key = new_key()
        authenticator.authenticate(bearer(token({"iss": f"https://{issuer}"}, key)))

    knock("one")
    write(tmp_path / "c.yaml", HEAD + "jwt: [{}]\n", when=2)  # not good: the last good one stays
    clock[0] = 10.0
    knock("two")
    write(tmp_path / "c.yaml", HEAD + entry % "two", when=3)
    clock[0] = 20.0
    knock("two")
    assert asked == [f"https://{issuer}/.well-known/openid-configuration" for issuer in ("one", "two")]


def test_anonymous_access_does_not_change_on_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    monkeypatch.setattr("kubegate.authn.reload.time.monotonic", lambda: clock[0])
    file = write(tmp_path / "c.yaml", HEAD + "anonymous: {enabled: false}\n", when=1)
    authenticator = build_authn(options(authentication_config=file)).authenticator
    write(tmp_path / "c.yaml", HEAD + "anonymous: {enabled: true}\n", when=2)
    clock[0] = 10.0
    authenticator.authenticate(bearer("x"))
    assert "changed from initial configuration file" in caplog.text
    assert name(authenticator.authenticate(Credentials())) is None


def test_issuer_and_keys(tmp_path: Path) -> None:
    key = new_key()
    parts = build_authn(
        options(
            service_account_key_file=[write(tmp_path / "sa.pub", public_pem(key))],
            service_account_signing_key_file=write(tmp_path / "sa.key", private_pem(key)),
            service_account_issuer=["https://a", "https://b"],
        )
    )
    assert parts.issuer is not None
    assert (parts.issuer.name, parts.issuers, parts.api_audiences) == (
        "https://a",
        ("https://a", "https://b"),
        ("https://a", "https://b"),
    )
    assert len(parts.keys) == 1
    assert build_authn(options()).issuer is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"client_ca_file": "/nope"}, "open /nope: no such file or directory"),
        ({"client_ca_file": "/dev/null"}, 'missing content for CA bundle "client-ca-bundle::/dev/null"'),
        (
            {"requestheader_client_ca_file": __file__},
            f'error loading CA bundle for "request-header::{__file__}": data does not contain any valid RSA or ECDSA',
        ),
        ({"service_account_issuer": ["http://[::1]:port"]}, """invalid port ":port" after host"""),
        ({"service_account_key_file": ["/dev/null"]}, "error reading public key file /dev/null"),
        ({"service_account_signing_key_file": "/dev/null"}, "does not contain a valid RSA or ECDSA private key"),
        ({"requestheader_client_ca_file": "/nope"}, "open /nope"),
        ({"authentication_config": "/dev/null"}, 'failed to load authentication configuration from file "/dev/null": empty'),
        (
            {"oidc_issuer_url": "https://x", "oidc_client_id": "a", "oidc_signing_algs": "HS256"},
            'oidc: unsupported signing alg: "HS256"',
        ),
        (
            {"oidc_issuer_url": "https://kubernetes.default.svc", "oidc_client_id": "a"},
            "URL must not overlap with disallowed issuers: [https://kubernetes.default.svc]",
        ),
    ],
)
def test_what_stops_the_start(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_authn(options(**values))
    assert message in str(caught.value)


def test_clients_are_no_proxies(tmp_path: Path) -> None:
    file = write(tmp_path / "ca.crt", Authority("both").pem)
    both = {"client_ca_file": file, "requestheader_client_ca_file": file}
    with pytest.raises(ConfigurationError, match="contain overlapping certificates"):
        build_authn(options(**both))
    build_authn(options(**both, requestheader_allowed_names=["front"]))


@pytest.mark.parametrize(("longest", "good"), [("0s", True), ("1h", True), ("59m", False), ("2000000h", False)])
def test_the_longest_validity_is_bounded(tmp_path: Path, longest: str, good: bool) -> None:
    key = write(tmp_path / "sa.key", private_pem(new_key()))
    asked = options(service_account_signing_key_file=key, service_account_max_token_expiration=longest)
    if good:
        build_authn(asked)
    else:
        with pytest.raises(ConfigurationError, match="must be between 1 hour and 2\\^32 seconds"):
            build_authn(asked)


def test_a_webhook_of_an_unknown_version(tmp_path: Path) -> None:
    file = write(tmp_path / "k", "clusters: [{name: a, cluster: {server: 'http://x'}}]\n")
    with pytest.raises(ConfigurationError, match='unsupported authentication webhook version "v2"'):
        build_authn(options(authentication_token_webhook_config_file=file, authentication_token_webhook_version="v2"))
