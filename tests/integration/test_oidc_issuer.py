"""OpenID Connect against a real HTTPS issuer on this machine: trust, redirects, slowness, new keys."""

from __future__ import annotations

import http.server
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.authn.interface import Authenticated, Credentials, Outcome, Refused
from kubegate.authn.jose import parse, public_jwk
from kubegate.authn.oidc.fetch import https_fetch
from kubegate.authn.oidc.keys import IssuerKeys
from kubegate.compose.authn import build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.errors import Unavailable
from kubegate.testing.credentials import Authority, new_key, private_pem, token

AUTHORITY = Authority("issuer CA")


class Issuer:
    """``documents``: path -> a JSON value, bytes, a (status, location), or a callable that makes one of them."""

    def __init__(self, folder: Path) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                issuer.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        usages = (ExtendedKeyUsageOID.SERVER_AUTH,)
        constraints = x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY.key.public_key())
        extensions = [(x509.SubjectAlternativeName([address]), False), (constraints, False)]
        serving = AUTHORITY.issue("issuer", usages=usages, extensions=extensions)
        (folder / "tls.pem").write_bytes(serving.pem + private_pem(serving.key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        found = self.documents.get(handler.path, (404, ""))
        found = found() if callable(found) else found
        status, location, body = 200, "", b""
        if isinstance(found, tuple):
            status, location = found
        else:
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
        handler.send_response(status)
        if location:
            handler.send_header("Location", location)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def publish(self, *keys: ec.EllipticCurvePrivateKey, **more: Any) -> None:
        """The discovery document and the public halves of ``keys``."""
        document = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **more}
        self.documents["/.well-known/openid-configuration"] = document
        self.documents["/keys"] = {"keys": [public_jwk(key.public_key()) for key in keys]}


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    running = Issuer(tmp_path)
    yield running
    running.server.shutdown()
    running.server.server_close()


KEY, NEXT, ATTACKER = new_key(), new_key(), new_key()


def options(issuer: Issuer, folder: Path) -> AuthnOptions:
    (folder / "ca.crt").write_bytes(AUTHORITY.pem)
    return AuthnOptions(
        oidc_issuer_url=issuer.url,
        oidc_client_id="app",
        oidc_ca_file=str(folder / "ca.crt"),
        oidc_signing_algs=["ES256"],
        oidc_username_prefix="-",
    )


def ask(options: AuthnOptions, text: str) -> Outcome:
    return build_authn(options).authenticator.authenticate(Credentials({"authorization": [f"Bearer {text}"]}))


def claims(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    return {"iss": issuer.url, "aud": "app", "sub": "jane", "exp": int(time.time()) + 600, **changes}


def test_a_token_of_the_issuer(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(KEY)
    outcome = ask(options(issuer, tmp_path), token(claims(issuer), KEY))
    assert isinstance(outcome, Authenticated)
    assert outcome.user.name == "jane"
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_token_of_another_key(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(KEY)
    assert isinstance(ask(options(issuer, tmp_path), token(claims(issuer), ATTACKER)), Refused)


def test_an_issuer_with_another_certificate_is_not_believed(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(ATTACKER)
    asked = options(issuer, tmp_path)
    (tmp_path / "ca.crt").write_bytes(Authority("another CA").pem)
    assert isinstance(ask(asked, token(claims(issuer), ATTACKER)), Refused)
    assert issuer.asked == []


def test_a_document_that_names_another_issuer_is_not_believed(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(KEY, issuer="https://evil.example")
    assert isinstance(ask(options(issuer, tmp_path), token(claims(issuer), KEY)), Refused)


def test_a_redirect_away_from_https_is_not_followed(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(KEY)
    issuer.documents["/keys"] = (302, f"http://127.0.0.1:{issuer.server.server_port}/other")
    assert isinstance(ask(options(issuer, tmp_path), token(claims(issuer), KEY)), Refused)


def test_redirects_end(issuer: Issuer) -> None:
    issuer.documents["/loop"] = (302, f"{issuer.url}/loop")
    with pytest.raises(Unavailable, match="redirects"):
        https_fetch(AUTHORITY.pem.decode())(f"{issuer.url}/loop", {})
    assert len(issuer.asked) < 10


def test_documents_of_any_size_are_not_read(issuer: Issuer) -> None:
    issuer.documents["/huge"] = bytes(2 << 20)
    with pytest.raises(Unavailable, match="longer"):
        https_fetch(AUTHORITY.pem.decode())(f"{issuer.url}/huge", {})


@pytest.mark.parametrize("document", [b"", b"[]", b"{", b"<html>", b'{"keys": 5}', b'{"keys": [{"kty": "RSA", "n": 5}]}'])
def test_nonsense_is_no_key_set(issuer: Issuer, tmp_path: Path, document: bytes) -> None:
    issuer.publish(KEY)
    issuer.documents["/keys"] = document
    assert isinstance(ask(options(issuer, tmp_path), token(claims(issuer), KEY)), Refused)


def test_new_keys_are_found_and_old_ones_forgotten(issuer: Issuer, tmp_path: Path) -> None:
    issuer.publish(KEY)
    clock = [0.0]
    keys = IssuerKeys(issuer.url, https_fetch(AUTHORITY.pem.decode()), clock=lambda: clock[0])
    old, new = parse(token(claims(issuer), KEY)), parse(token(claims(issuer), NEXT))
    assert old is not None and new is not None
    assert keys.prepare()
    assert keys.verify(old)
    clock[0] += 5
    assert not keys.verify(new)
    issuer.publish(NEXT)
    clock[0] += 5
    assert keys.verify(new)
    assert not keys.verify(old)


def test_a_slow_issuer_holds_up_one_request_only(issuer: Issuer) -> None:
    issuer.publish(KEY)
    release = threading.Event()
    document = issuer.documents["/.well-known/openid-configuration"]

    def slow() -> Any:
        release.wait(60)
        return document

    issuer.documents["/.well-known/openid-configuration"] = slow
    keys = IssuerKeys(issuer.url, https_fetch(AUTHORITY.pem.decode(), timeout=60))
    first: list[bool] = []
    waiting = threading.Thread(target=lambda: first.append(keys.prepare()))
    waiting.start()
    while not issuer.asked:
        time.sleep(0.01)
    assert not keys.prepare()  # does not wait: the first one is at it
    release.set()
    waiting.join()
    assert first == [True]
    assert keys.prepare()


def test_an_issuer_that_does_not_answer_is_given_up(issuer: Issuer) -> None:
    release = threading.Event()
    issuer.documents["/.well-known/openid-configuration"] = lambda: release.wait(60) or {}
    fetch, fetched = https_fetch(AUTHORITY.pem.decode(), timeout=0.2), []

    def fetching(url: str, headers: Mapping[str, str]) -> bytes:
        fetched.append(url)
        return fetch(url, headers)

    keys = IssuerKeys(issuer.url, fetching, clock=lambda: 0.0)
    assert not keys.prepare()
    assert not keys.prepare()
    assert len(fetched) == 1  # not asked again at once
    release.set()
