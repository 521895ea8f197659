"""Hostile service account tokens: each is refused by a rule of its own, and none says why to the outside."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kubegate.api.names import Object
from kubegate.authn.interface import Authenticated, NotPresented, Outcome, Refused
from kubegate.authn.jose import encode, key_id, public_jwk
from kubegate.authn.plugins.jwt_token import JwtTokens, PublicKeys
from kubegate.authn.plugins.service_account import ServiceAccountTokens
from kubegate.testing.credentials import new_key, public_pem, raw_token, segment, token

NOW = 1_800_000_000.0
ISSUER = "https://kubernetes.default.svc"
KEY, OTHER, ATTACKER = new_key(), new_key(), new_key()


class Account:
    """A cluster with one service account."""

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        if (resource, namespace, name) == ("serviceaccounts", "shop", "web"):
            return {"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}}
        return None


def claims(**changes: Any) -> dict[str, Any]:
    good = {
        "iss": ISSUER,
        "aud": [ISSUER],
        "iat": int(NOW) - 10,
        "nbf": int(NOW) - 10,
        "exp": int(NOW) + 600,
        "jti": "id-1",
        "sub": "system:serviceaccount:shop:web",
        "kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-1"}},
    }
    return {key: value for key, value in (good | changes).items() if value is not ...}


@pytest.fixture
def ask() -> Callable[[str], Outcome]:
    keys = PublicKeys([KEY.public_key(), OTHER.public_key()])
    tokens = JwtTokens({ISSUER: ServiceAccountTokens(Account(), lambda: NOW)}, keys, (ISSUER,))
    return lambda text: tokens.authenticate_token(text, ())


def signature(header: Any, payload: Any, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    body = f"{segment(header)}.{segment(payload)}".encode()
    one, other = decode_dss_signature(key.sign(body, ec.ECDSA(hashes.SHA256())))
    return one.to_bytes(32, "big") + other.to_bytes(32, "big")


def signed(header: Any, payload: Any, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """Any header and payload, truly signed."""
    return raw_token(header, payload, signature(header, payload, key))


def hs256(secret: bytes) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    body = f"{segment(header)}.{segment(claims())}"
    return f"{body}.{encode(hmac.digest(secret, body.encode(), 'sha256'))}"


def test_a_good_token_is_taken(ask: Callable[[str], Outcome]) -> None:
    outcome = ask(token(claims(), KEY))
    assert isinstance(outcome, Authenticated)
    assert outcome.user.name == "system:serviceaccount:shop:web"


ES = {"alg": "ES256"}
GOOD = token(claims(), KEY)
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
PUBLIC_DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

FORGED = {
    "alg none": raw_token({"alg": "none"}, claims()),
    "alg None": raw_token({"alg": "None"}, claims()),
    "alg NONE with a signature": raw_token({"alg": "NONE"}, claims(), b"x" * 64),
    "alg empty": raw_token({"alg": ""}, claims(), signature({"alg": ""}, claims())),
    "no alg": signed({"typ": "JWT"}, claims()),
    "alg is a list": signed({"alg": ["ES256"]}, claims()),
    "HS256 with the public key in PEM": hs256(public_pem(KEY)),
    "HS256 with the public key in DER": hs256(PUBLIC_DER),
    "ES384 announced, ES256 made": signed({"alg": "ES384"}, claims()),
    "RS256 announced with an EC key": signed({"alg": "RS256"}, claims()),
    "another key": signed(ES, claims(), ATTACKER),
    "another key with our key's id": signed(ES | {"kid": key_id(KEY.public_key())}, claims(), ATTACKER),
    "our key under the id of the other": signed(ES | {"kid": key_id(OTHER.public_key())}, claims()),
    "kid that is a path": signed(ES | {"kid": "../../../dev/null"}, claims()),
    "kid that is a query": signed(ES | {"kid": "' OR 1=1 --"}, claims()),
    "own key in jwk": signed(ES | {"jwk": public_jwk(ATTACKER.public_key())}, claims(), ATTACKER),
    "own key behind jku": signed(ES | {"jku": "https://evil.example/keys"}, claims(), ATTACKER),
    "own key behind x5u": signed(ES | {"x5u": "https://evil.example/cert"}, claims(), ATTACKER),
    "critical header": signed(ES | {"crit": ["exp"]}, claims()),
    "signature of zeros": raw_token(ES, claims(), bytes(64)),
    "signature cut off": f"{HEADER}.{PAYLOAD}.",
    "signature too long": f"{HEADER}.{PAYLOAD}.{SIGNATURE}AAAA",
    "payload changed": f"{HEADER}.{segment(claims(sub='system:serviceaccount:kube-system:admin'))}.{SIGNATURE}",
    "two parts": f"{HEADER}.{PAYLOAD}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts": f"{GOOD}.{SIGNATURE}.{SIGNATURE}",
    "padded": f"{HEADER}.{PAYLOAD}.{SIGNATURE}==",
    "line feed inside": f"{HEADER}.{PAYLOAD}\n.{SIGNATURE}",
    "a token inside a token": signed(ES, GOOD.encode()),
    "JSON serialization": json.dumps({"payload": PAYLOAD, "protected": HEADER, "signature": SIGNATURE}),
    "not base64": "....",
    "not ASCII": GOOD + "\u00e9",
    "longer than a mebibyte": signed(ES, claims(pad="x" * (1 << 20))),
    "header is a list": signed([], claims()),
    "payload is a list": signed(ES, [claims()]),
    "payload is deeply nested": signed(ES, b'{"iss":' + b"[" * 100_000),
    "payload is not UTF-8": signed(ES, b'{"iss":"\xff\xfe"}'),
}

BAD_CLAIMS: dict[str, Any] = {
    "expired": claims(exp=int(NOW) - 61),
    "not yet valid": claims(nbf=int(NOW) + 61),
    "issued in the future": claims(iat=int(NOW) + 61),
    "exp is a text": claims(exp="9999999999"),
    "exp is true": claims(exp=True),
    "exp is a list": claims(exp=[9999999999]),
    "exp is negative": claims(exp=-1),
    "nbf is huge": claims(nbf=10**30),
    "nbf is the largest number": claims(nbf=2**63),
    "audience of somebody else": claims(aud=["vault"]),
    "audience is a number": claims(aud=5),
    "audience is an object": claims(aud={"0": ISSUER}),
    "audience holds a number": claims(aud=[ISSUER, 5]),
    "audience is null": claims(aud=None),
    "issuer of somebody else": claims(iss="https://evil.example"),
    "issuer with a slash more": claims(iss=ISSUER + "/"),
    "issuer is a list": claims(iss=[ISSUER]),
    "no issuer": claims(iss=...),
    "another account's uid": claims(
        **{"kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-2"}}}
    ),
    "an account that is gone": claims(
        **{"kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": "db", "uid": "u-1"}}}
    ),
    "no binding": claims(**{"kubernetes.io": ...}),
    "binding is a text": claims(**{"kubernetes.io": "shop/web"}),
    "namespace is a list": claims(
        **{"kubernetes.io": {"namespace": ["shop"], "serviceaccount": {"name": "web", "uid": "u-1"}}}
    ),
    "duplicate claim": b'{"iss":"%s",' % ISSUER.encode() + json.dumps(claims())[1:].encode(),
    "infinite exp": json.dumps(claims(exp=float("inf"))).encode(),
    "exp is NaN": json.dumps(claims(exp=float("nan"))).encode(),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_tokens_are_not_taken(name: str, ask: Callable[[str], Outcome]) -> None:
    assert not isinstance(ask(FORGED[name]), Authenticated)


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_truly_signed_tokens_with_bad_claims_are_not_taken(name: str, ask: Callable[[str], Outcome]) -> None:
    assert not isinstance(ask(signed(ES, BAD_CLAIMS[name])), Authenticated)


def test_rsa_public_key_is_no_hmac_secret() -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    tokens = JwtTokens({ISSUER: ServiceAccountTokens(Account(), lambda: NOW)}, PublicKeys([key]), (ISSUER,))
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert tokens.authenticate_token(hs256(pem), ()) == Refused("go-jose/go-jose: error in cryptographic primitive", ())


def test_no_trace_of_a_token_in_answers_and_logs(ask: Callable[[str], Outcome], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for text in [*FORGED.values(), *(signed(ES, payload) for payload in BAD_CLAIMS.values())]:
        outcome = ask(text)
        parts = [part for part in text.split(".") if len(part) > 20]
        assert not any(part in repr(outcome) or part in caplog.text for part in parts)


def test_a_token_for_another_issuer_is_no_business_of_ours(ask: Callable[[str], Outcome]) -> None:
    assert isinstance(ask(token(claims(iss="https://other.example"), KEY)), NotPresented)


def test_revocation_is_seen_at_once() -> None:
    """A verified signature is remembered, what the token is bound to is not."""
    known: dict[tuple[str, str, str], Object] = {
        ("serviceaccounts", "shop", "web"): {"metadata": {"uid": "u-1"}},
        ("pods", "shop", "p"): {"metadata": {"uid": "p-1"}},
    }

    class Cluster:
        def get(self, resource: str, namespace: str, name: str) -> Object | None:
            return known.get((resource, namespace, name))

    bound = {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-1"}, "pod": {"name": "p", "uid": "p-1"}}
    tokens = JwtTokens({ISSUER: ServiceAccountTokens(Cluster(), lambda: NOW)}, PublicKeys([KEY.public_key()]), (ISSUER,))
    text = token(claims(**{"kubernetes.io": bound}), KEY)
    assert isinstance(tokens.authenticate_token(text, ()), Authenticated)
    known["pods", "shop", "p"] = {"metadata": {"uid": "p-2"}}
    assert isinstance(tokens.authenticate_token(text, ()), Refused)
    known["pods", "shop", "p"] = {"metadata": {"uid": "p-1", "deletionTimestamp": "2020-01-01T00:00:00Z"}}
    assert isinstance(tokens.authenticate_token(text, ()), Refused)
    del known["pods", "shop", "p"]
    assert isinstance(tokens.authenticate_token(text, ()), Refused)


def test_many_bad_tokens_fill_no_memory() -> None:
    tokens = JwtTokens({ISSUER: ServiceAccountTokens(Account(), lambda: NOW)}, PublicKeys([KEY.public_key()]), (ISSUER,))
    for number in range(50):
        tokens.authenticate_token(signed(ES, claims(jti=str(number)), ATTACKER), ())
    assert not tokens._verified
