"""Signed JSON Web Tokens in compact form: taking them apart, verifying, signing.

Only asymmetric algorithms exist here, and the key decides which of them are possible: ``none``, HMAC with a public key as
the secret, and keys that the token itself brings along (``jwk``, ``jku``, ``x5u``) have nothing to hold on to. Claims are
read strictly: a key that stands twice is an error.
Source: RFC 7515, 7518, 7519; behaviour and messages of go-jose, which kube-apiserver uses.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kubegate.authn.pem import PrivateKey, PublicKey
from kubegate.errors import KubegateError

BAD_SIGNATURE = "go-jose/go-jose: error in cryptographic primitive"
LEEWAY = 60.0
"""Seconds by which clocks may differ."""

_MAX_TOKEN = 1 << 20
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")
_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES: dict[str, tuple[str, int, hashes.HashAlgorithm]] = {
    "secp256r1": ("ES256", 32, hashes.SHA256()),
    "secp384r1": ("ES384", 48, hashes.SHA384()),
    "secp521r1": ("ES512", 66, hashes.SHA512()),
}
_HALF = {"256": 32, "384": 48, "512": 66}
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512")


class TokenError(KubegateError):
    """A token is not good; the message is go-jose's."""

    code = "token"


@dataclass(frozen=True, slots=True)
class Jws:
    """A token taken apart; nothing of it is verified yet."""

    header: Mapping[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        return str(self.header.get("alg") or "")

    @property
    def key_id(self) -> str:
        found = self.header.get("kid")
        return found if isinstance(found, str) else ""


def parse(token: str) -> Jws | None:
    """The parts of a compact token, or None if it is none."""
    if len(token) > _MAX_TOKEN or not token.isascii():
        return None
    parts = token.split(".", 3)  # a token of dots alone is no million texts (CVE-2025-27144)
    if len(parts) != 3:
        return None
    try:
        header = json_object(decode_segment(parts[0]))
        payload, signature = decode_segment(parts[1]), decode_segment(parts[2]) if parts[2] else b""
    except TokenError:
        return None
    if not isinstance(header.get("alg"), str) or not _understood(header):
        return None
    return Jws(header, payload, f"{parts[0]}.{parts[1]}".encode(), signature)


def _understood(header: Mapping[str, Any]) -> bool:
    """Texts where texts must stand, no extension that has to be understood, and a payload that is encoded."""
    texts = (header.get(name) for name in ("kid", "nonce"))
    return "crit" not in header and header.get("b64") is not False and all(isinstance(text, str | None) for text in texts)


def decode_segment(part: str) -> bytes:
    """base64url without padding; raises `TokenError`."""
    if not _BASE64URL.match(part):
        raise TokenError("illegal base64 data")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenError("illegal base64 data") from error


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise TokenError(f"json: duplicate key '{key}' in object")
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise TokenError(f"invalid character {text[0]!r} looking for beginning of value")


def json_object(data: bytes, *, unique: bool = True) -> dict[str, Any]:
    """Strictly read JSON object; raises `TokenError`. ``unique`` False: of a key that stands twice the last counts."""
    try:
        hook = _no_duplicates if unique else None
        found = json.loads(data.decode("utf-8", "replace"), object_pairs_hook=hook, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TokenError("go-jose/go-jose: invalid JSON") from error
    if not isinstance(found, dict):
        raise TokenError("json: cannot unmarshal value into Go value of type map[string]interface {}")
    return found


def verify(jws: Jws, key: PublicKey) -> bool:
    """Whether ``key`` made the signature, with one of the algorithms that such a key can have."""
    kind, size = jws.algorithm[:2], jws.algorithm[2:]
    digest = _HASHES.get(size)
    if digest is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if kind == "RS":
                key.verify(jws.signature, jws.signed, padding.PKCS1v15(), digest)
            elif kind == "PS":
                pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
                key.verify(jws.signature, jws.signed, pss, digest)
            else:
                return False
        else:
            half = _HALF[size]
            if kind != "ES" or len(jws.signature) != 2 * half:
                return False
            pair = (int.from_bytes(jws.signature[:half], "big"), int.from_bytes(jws.signature[half:], "big"))
            key.verify(encode_dss_signature(*pair), jws.signed, ec.ECDSA(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(key: PublicKey) -> str:
    """The name of a key in tokens and key sets: a digest of it."""
    return encode(sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest())


def algorithm_of(key: PublicKey | PrivateKey) -> str:
    """With which algorithm service account tokens are signed by such a key; raises `TokenError` for other curves."""
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return "RS256"
    if key.curve.name not in _CURVES:
        raise TokenError("unknown private key curve, must be 256, 384, or 521")
    return _CURVES[key.curve.name][0]


def sign(claims: Mapping[str, Any], key: PrivateKey) -> str:
    """A compact token of ``claims``, keys in alphabetical order, with ``alg`` and ``kid`` in its header."""
    header = {"alg": algorithm_of(key), "kid": key_id(key.public_key())}
    body = ".".join(encode(json.dumps(part, separators=(",", ":"), sort_keys=True).encode()) for part in (header, claims))
    if isinstance(key, rsa.RSAPrivateKey):
        return f"{body}.{encode(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
    _, half, digest = _CURVES[key.curve.name]
    one, other = decode_dss_signature(key.sign(body.encode(), ec.ECDSA(digest)))
    return f"{body}.{encode(one.to_bytes(half, 'big') + other.to_bytes(half, 'big'))}"


def public_jwk(key: PublicKey) -> dict[str, str]:
    """A public key as an entry of a key set, members in go-jose's order."""
    jwk = {"use": "sig", "kty": "RSA" if isinstance(key, rsa.RSAPublicKey) else "EC", "kid": key_id(key)}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        jwk |= {"alg": "RS256", "n": _integer(numbers.n), "e": _integer(numbers.e)}
        return jwk
    algorithm, half, _ = _CURVES[key.curve.name]
    point = key.public_numbers()
    jwk |= {"crv": f"P-{key.curve.key_size}", "alg": algorithm}
    return jwk | {"x": encode(point.x.to_bytes(half, "big")), "y": encode(point.y.to_bytes(half, "big"))}


def _integer(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
