"""TLS secrets: whether certificate and key belong together, said as a TLS server would."""

from __future__ import annotations

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kubegate.registry.core.configuration import SECRET
from kubegate.registry.core.key_pairs import key_pair_problem

OURS, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])


def _pem(key, form=PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


CERTIFICATE = (
    x509.CertificateBuilder(NAME, NAME, OURS.public_key(), 1, START, START + datetime.timedelta(days=1))
    .sign(OURS, hashes.SHA256())
    .public_bytes(Encoding.PEM)
)
KEY = _pem(OURS)
GARBAGE = b"-----BEGIN %b-----\nAAAA\n-----END %b-----\n"
SKIPPED = "after skipping PEM blocks of the following types"


@pytest.mark.parametrize(
    ("certificate", "key", "problem"),
    [
        (CERTIFICATE, KEY, ""),
        (CERTIFICATE + CERTIFICATE, _pem(OURS, PrivateFormat.TraditionalOpenSSL), ""),
        (b"# ours\n" + CERTIFICATE, b"\n" + KEY, ""),
        (CERTIFICATE, _pem(OTHER), "tls: private key does not match public key"),
        (
            CERTIFICATE,
            _pem(ed25519.Ed25519PrivateKey.generate()),
            "tls: private key type does not match public key type",
        ),
        (CERTIFICATE, GARBAGE % (b"PRIVATE KEY", b"PRIVATE KEY"), "tls: failed to parse private key"),
        (GARBAGE % (b"CERTIFICATE", b"CERTIFICATE"), KEY, "x509: malformed certificate"),
        (b"", KEY, "tls: failed to find any PEM data in certificate input"),
        (CERTIFICATE, b"x", "tls: failed to find any PEM data in key input"),
        (
            KEY,
            CERTIFICATE,
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
            "PEM inputs may have been switched",
        ),
        (
            CERTIFICATE,
            CERTIFICATE,
            "tls: found a certificate rather than a key in the PEM for the private key",
        ),
        (
            GARBAGE % (b"X", b"X") + GARBAGE % (b"Y", b"Y"),
            KEY,
            f'tls: failed to find "CERTIFICATE" PEM block in certificate input {SKIPPED}: [X Y]',
        ),
        (
            CERTIFICATE,
            GARBAGE % (b"X", b"X"),
            f'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input {SKIPPED}: [X]',
        ),
    ],
)
def test_pairs(certificate, key, problem):
    assert key_pair_problem(certificate, key) == problem


def test_only_tls_secrets_are_looked_at():
    data = {"tls.crt": base64.b64encode(CERTIFICATE).decode(), "tls.key": base64.b64encode(KEY).decode()}
    assert SECRET.warnings({"type": "kubernetes.io/tls", "data": data}, None) == ()
    data["tls.key"] = base64.b64encode(_pem(OTHER)).decode()
    assert SECRET.warnings({"type": "kubernetes.io/tls", "data": data}, None) != ()
    assert SECRET.warnings({"type": "Opaque", "data": data}, None) == ()
