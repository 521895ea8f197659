"""What is wrong with a service account token, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kubegate.authn.interface import NoObjects, Refused
from kubegate.authn.jose import encode
from kubegate.authn.plugins.jwt_token import JwtTokens, PublicKeys
from kubegate.authn.plugins.service_account import ServiceAccountTokens
from kubegate.testing.credentials import new_key, segment

SIGNING, OTHER = new_key(), new_key()
GOOD: dict[str, Any] = {"iss": "i", "aud": ["i"], "kubernetes.io": {}}
UNKNOWN = "go-jose/go-jose: error in cryptographic primitive"
NUMBER = "json: cannot unmarshal number into Go value of type string"


def refusal(claims: dict[str, Any] | bytes, *keys: Any) -> str:
    validators = {"i": ServiceAccountTokens(NoObjects(), lambda: 0.0)}
    tokens = JwtTokens(validators, PublicKeys([key.public_key() for key in keys]), ("i",))
    outcome = tokens.authenticate_token(signed(claims), ())
    assert isinstance(outcome, Refused)
    return outcome.reason


def signed(claims: dict[str, Any] | bytes) -> str:
    body = f"{segment({'alg': 'ES256'})}.{segment(claims)}"
    one, other = decode_dss_signature(SIGNING.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{body}.{encode(one.to_bytes(32, 'big') + other.to_bytes(32, 'big'))}"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({**GOOD, "sub": 5}, NUMBER),
        ({**GOOD, "kubernetes.io": {"namespace": 5}}, NUMBER),
        ({**GOOD, "kubernetes.io": []}, "json: cannot unmarshal array into Go value of type serviceaccount.kubernetes"),
        (
            {**GOOD, "kubernetes.io": {"pod": "p"}},
            "json: cannot unmarshal string into Go value of type serviceaccount.ref",
        ),
        (b'{"iss":"i","sub":"a","sub":"b"}', "json: duplicate key 'sub' in object"),
        (b'{"iss":"other","iss":"i"}', "json: duplicate key 'iss' in object"),
    ],
)
def test_claims_that_cannot_be_read(claims: dict[str, Any] | bytes, reason: str) -> None:
    assert refusal(claims, SIGNING) == reason
    assert refusal(claims, SIGNING, OTHER) == f"[{reason}, {UNKNOWN}]"
    assert refusal(claims, OTHER, SIGNING) == f"[{UNKNOWN}, {reason}]"


def test_a_signature_of_no_key_is_told_once() -> None:
    assert refusal(GOOD, OTHER, new_key()) == UNKNOWN
