"""Certificates and tokens for tests: authorities that issue what a test needs, also what no good authority would.

Example::

    authority = Authority("test CA")
    alice = authority.issue("alice", organizations=["devs"])
    chain = (alice.der, *alice.chain)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from kubegate.authn.jose import encode, sign

START = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2090, 1, 1, tzinfo=UTC)
UID = ObjectIdentifier("1.3.6.1.4.1.57683.2")
CLIENT: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CLIENT_AUTH,)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def name_of(parts: Sequence[tuple[ObjectIdentifier, str]]) -> x509.Name:
    """A subject of these attributes, in this order."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@dataclass(frozen=True)
class Issued:
    """A certificate with its key; ``chain``: what the client sends along (DER)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def presented(self) -> tuple[bytes, ...]:
        """The certificate and its chain, as a client sends them."""
        return (self.der, *self.chain)


class Authority:
    """A certificate authority. ``parent`` makes it an intermediate; ``extensions`` are added to its own certificate."""

    def __init__(
        self,
        name: str,
        parent: Authority | None = None,
        *,
        path_length: int | None = None,
        is_ca: bool = True,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> None:
        self.subject = name_of([(NameOID.COMMON_NAME, name)])
        self.key = new_key()
        self.chain: tuple[bytes, ...] = ()
        constraints = (x509.BasicConstraints(is_ca, path_length if is_ca else None), True)
        signer = parent or self
        self.certificate = signer.sign(self.subject, self.key, [constraints, *extensions])
        if parent is not None:
            self.chain = (self.certificate.public_bytes(Encoding.DER), *parent.chain)

    @property
    def pem(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        start: datetime = START,
        end: datetime = END,
    ) -> x509.Certificate:
        """A certificate of ``key`` for ``subject``, exactly as told."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def issue(
        self,
        name: str = "",
        *,
        organizations: Sequence[str] = (),
        uids: Sequence[str] = (),
        usages: Sequence[ObjectIdentifier] = CLIENT,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
        subject: x509.Name | None = None,
        start: datetime = START,
        end: datetime = END,
    ) -> Issued:
        """A leaf; the chain leads up to, but not includes, the root."""
        parts = [(NameOID.COMMON_NAME, name)] if name else []
        parts += [(NameOID.ORGANIZATION_NAME, organization) for organization in organizations]
        parts += [(UID, uid) for uid in uids]
        more = [*extensions, *([(x509.ExtendedKeyUsage(usages), False)] if usages else [])]
        key = new_key()
        return Issued(self.sign(subject or name_of(parts), key, more, start, end), key, self.chain)


def token(claims: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> str:
    """A good token (ES256, with key id)."""
    return sign(claims, key)


def segment(value: Any) -> str:
    """One part of a token: bytes as they are, everything else as JSON."""
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def raw_token(header: Any, payload: Any, signature: bytes = b"") -> str:
    """A token put together from parts, which need not fit together."""
    return f"{segment(header)}.{segment(payload)}.{encode(signature)}"
