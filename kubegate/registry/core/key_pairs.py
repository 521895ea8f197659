"""A certificate and its private key, as a TLS server would load them.

Source: Go ``crypto/tls.X509KeyPair``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

_BLOCK = re.compile(
    rb"^-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n(?:(?!-)[^:\r\n]+:[^\r\n]*\r?\n)*([A-Za-z0-9+/=\s]*)-----END \1-----",
    re.MULTILINE,
)
_SKIPPED = "after skipping PEM blocks of the following types"
_TYPES = (
    (rsa.RSAPublicKey, rsa.RSAPrivateKey),
    (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey),
    (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey),
)


def key_pair_problem(certificate: bytes, key: bytes) -> str:
    """Why the two PEM texts cannot serve, in Go's words; empty if they can. Of a chain the first certificate counts."""
    certificates, others = _sorted(certificate, lambda kind: kind == "CERTIFICATE")
    if not certificates:
        return _no_certificate(others)
    keys, others = _sorted(key, lambda kind: kind == "PRIVATE KEY" or kind.endswith(" PRIVATE KEY"))
    if not keys:
        return _no_key(others)
    try:
        public = x509.load_der_x509_certificate(certificates[0]).public_key()
    except UnsupportedAlgorithm:
        return "tls: unknown public key algorithm"
    except ValueError:
        return "x509: malformed certificate"
    return _mismatch(public, keys[0])


def _sorted(text: bytes, wanted: Callable[[str], bool]) -> tuple[list[bytes], list[str]]:
    """(the contents of the wanted blocks, the types of the others)."""
    found, others = [], []
    for match in _BLOCK.finditer(text):
        kind = match[1].decode("utf-8", "replace")
        try:
            content = base64.b64decode(b"".join(match[2].split()), validate=True)
        except binascii.Error:
            continue
        if wanted(kind):
            found.append(content)
        else:
            others.append(kind)
    return found, others


def _no_certificate(others: list[str]) -> str:
    if not others:
        return "tls: failed to find any PEM data in certificate input"
    if len(others) == 1 and others[0].endswith("PRIVATE KEY"):
        start = "tls: failed to find certificate PEM data in certificate input, but did find a private key"
        return f"{start}; PEM inputs may have been switched"
    return f'tls: failed to find "CERTIFICATE" PEM block in certificate input {_SKIPPED}: [{" ".join(others)}]'


def _no_key(others: list[str]) -> str:
    if not others:
        return "tls: failed to find any PEM data in key input"
    if others == ["CERTIFICATE"]:
        return "tls: found a certificate rather than a key in the PEM for the private key"
    return f'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input {_SKIPPED}: [{" ".join(others)}]'


def _mismatch(public: object, der: bytes) -> str:
    try:
        private = load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "tls: failed to parse private key"
    if not any(isinstance(private, theirs) for _, theirs in _TYPES):
        return "tls: found unknown private key type in PKCS#8 wrapping"
    for ours, theirs in _TYPES:
        if isinstance(public, ours):
            if not isinstance(private, theirs):
                return "tls: private key type does not match public key type"
            return "" if private.public_key() == public else "tls: private key does not match public key"
    return "tls: unknown public key algorithm"
