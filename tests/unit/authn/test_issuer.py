"""Issuing tokens, and the documents with which others verify them."""

from __future__ import annotations

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kubegate.authn.issuer import Grant, TokenIssuer, discovery_document, key_set
from kubegate.authn.jose import key_id, parse, verify
from kubegate.authn.pem import PrivateKey

ACCOUNT = {"metadata": {"namespace": "shop", "name": "web", "uid": "u-1"}}
POD = {"metadata": {"namespace": "shop", "name": "p", "uid": "p-1"}}
KEYS: list[PrivateKey] = [
    rsa.generate_private_key(65537, 2048),
    ec.generate_private_key(ec.SECP256R1()),
    ec.generate_private_key(ec.SECP384R1()),
    ec.generate_private_key(ec.SECP521R1()),
]
ALGORITHMS = ["RS256", "ES256", "ES384", "ES512"]


def test_claims_and_signature() -> None:
    for key, algorithm in zip(KEYS, ALGORITHMS, strict=True):
        issuer = TokenIssuer("https://issuer", key, new_id=lambda: "id")
        token, token_id = issuer.issue(Grant(ACCOUNT, ["a", "b"], 100, 700, pod=POD, node={"metadata": {"name": "n"}}))
        assert token_id == "id"
        jws = parse(token)
        assert jws is not None
        assert jws.header == {"alg": algorithm, "kid": key_id(key.public_key())}
        assert verify(jws, key.public_key())
        assert jwt.decode(token, options={"verify_signature": False}) == {
            "aud": ["a", "b"],
            "exp": 700,
            "iat": 100,
            "nbf": 100,
            "iss": "https://issuer",
            "jti": "id",
            "sub": "system:serviceaccount:shop:web",
            "kubernetes.io": {
                "namespace": "shop",
                "serviceaccount": {"name": "web", "uid": "u-1"},
                "pod": {"name": "p", "uid": "p-1"},
                "node": {"name": "n"},
            },
        }


def test_others_can_verify_with_the_key_set() -> None:
    published = jwt.PyJWKSet.from_dict(key_set([key.public_key() for key in KEYS]))
    for key, algorithm in zip(KEYS, ALGORITHMS, strict=True):
        token, _ = TokenIssuer("https://issuer", key).issue(Grant(ACCOUNT, ["a"], 100, 1 << 40))
        name = jwt.get_unverified_header(token)["kid"]
        assert jwt.decode(token, published[name], algorithms=[algorithm], audience="a")["iss"] == "https://issuer"


def test_the_discovery_document() -> None:
    document = discovery_document("https://i", "https://i/openid/v1/jwks", [KEYS[1].public_key(), KEYS[0].public_key()])
    assert document["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert list(document) == [
        "issuer",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ]
