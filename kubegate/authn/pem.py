"""PEM files as kube-apiserver reads them: bundles of certificates, files of keys.

Source: client-go ``util/cert`` and ``util/keyutil``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, load_pem_public_key

from kubegate.authn.certificates import Certificate, CertificateError
from kubegate.errors import ConfigurationError

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.DOTALL)


def read_file(path: str | Path) -> bytes:
    """The file's content; raises `ConfigurationError` in Go's words."""
    try:
        return Path(path).read_bytes()
    except IsADirectoryError as error:
        raise ConfigurationError(f"read {path}: is a directory") from error
    except OSError as error:
        raise ConfigurationError(f"open {path}: {(error.strerror or 'unreadable').lower()}") from error


def certificates(pem: bytes) -> list[Certificate]:
    """All certificates of a bundle, other blocks skipped; raises `ConfigurationError` if there is none or a bad one."""
    found: list[Certificate] = []
    for block in _BLOCK.finditer(pem):
        if block[1] != b"CERTIFICATE":
            continue
        try:
            found.append(Certificate.read(x509.load_pem_x509_certificate(block[0]).public_bytes(Encoding.DER)))
        except (ValueError, CertificateError) as error:
            raise ConfigurationError("x509: malformed certificate") from error
    if not found:
        raise ConfigurationError("data does not contain any valid RSA or ECDSA certificates")
    return found


def public_keys(pem: bytes) -> list[PublicKey]:
    """All public keys in a file: PKIX or PKCS#1 public keys, certificates' keys, and those of private keys."""
    keys: list[PublicKey] = []
    for block in _BLOCK.finditer(pem):
        key = _public_key(block[1], block[0])
        if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            keys.append(key)
    if not keys:
        raise ConfigurationError("data does not contain any valid RSA or ECDSA public keys")
    return keys


def _public_key(kind: bytes, block: bytes) -> object:
    try:
        if kind == b"CERTIFICATE":
            return x509.load_pem_x509_certificate(block).public_key()
        if kind.endswith(b"PRIVATE KEY"):
            private = load_pem_private_key(block, None)
            return private.public_key()
        return load_pem_public_key(block)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def private_key(pem: bytes) -> PrivateKey:
    """The first private key of a file; raises `ConfigurationError`."""
    for block in _BLOCK.finditer(pem):
        if not block[1].endswith(b"PRIVATE KEY"):
            continue
        try:
            key = load_pem_private_key(block[0], None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return key
    raise ConfigurationError("data does not contain a valid RSA or ECDSA private key")
