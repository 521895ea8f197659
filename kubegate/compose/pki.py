"""Keys and certificates that a server makes for itself where no flags name any: a CA, its own serving certificate, the
administrator's client certificate in a kubeconfig, and the key that signs service-account tokens.

Everything stands in the data directory; private files have mode 0600. What exists is kept, except a serving certificate
that is about to end or does not name the address.
"""

from __future__ import annotations

import base64
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_YEARS_CA, _YEARS = 10, 1
_RENEW_BEFORE = timedelta(days=30)
ADMIN, MASTERS = "kubernetes-admin", "system:masters"


@dataclass(frozen=True, slots=True)
class Pki:
    """Paths of what was made."""

    ca: Path
    certificate: Path
    key: Path
    kubeconfig: Path


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_pki(folder: Path, addresses: Sequence[str], server: str) -> Pki:
    """Make what is missing. ``addresses``: IP addresses and host names of the serving certificate; ``server``: URL."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pki = Pki(folder / "ca.crt", folder / "apiserver.crt", folder / "apiserver.key", folder / "admin.kubeconfig")
    ca = _ensure_ca(pki.ca, folder / "ca.key")
    if not _usable(pki.certificate, addresses):
        pair = _issue(ca, "kube-apiserver", (), ExtendedKeyUsageOID.SERVER_AUTH, addresses)
        _write_private(pki.key, _key_pem(pair.key))
        pki.certificate.write_bytes(_pem(pair.certificate))
    _ensure_kubeconfig(pki, ca, server)
    return pki


def ensure_signing_key(path: Path) -> Path:
    """The RSA key that signs service-account tokens."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        _write_private(path, _key_pem(key))
    return path


def signing_authority(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of the authority in ``folder`` (made if absent), which signs certificate requests."""
    certificate, key = folder / "ca.crt", folder / "ca.key"
    _ensure_ca(certificate, key)
    return certificate, key


def client_certificate(folder: Path, name: str, groups: Sequence[str]) -> bytes:
    """A fresh client certificate (DER) of the CA that `ensure_pki` made: ``name`` is its CN, each group an O."""
    ca = _ensure_ca(folder / "ca.crt", folder / "ca.key")
    issued = _issue(ca, name, groups, ExtendedKeyUsageOID.CLIENT_AUTH)
    return issued.certificate.public_bytes(serialization.Encoding.DER)


def client_kubeconfig(folder: Path, path: Path, name: str, groups: Sequence[str], server: str) -> None:
    """Write a kubeconfig with a fresh client certificate of the CA that `ensure_pki` made, for any user."""
    ca = _ensure_ca(folder / "ca.crt", folder / "ca.key")
    issued = _issue(ca, name, groups, ExtendedKeyUsageOID.CLIENT_AUTH)
    _write_kubeconfig(path, ca, issued, server)


def _ensure_ca(certificate: Path, key: Path) -> _Pair:
    if certificate.exists() and key.exists():
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key}: not an elliptic curve key")
        return _Pair(x509.load_pem_x509_certificate(certificate.read_bytes()), loaded)
    private = ec.generate_private_key(ec.SECP256R1())
    name = _name("kubegate-ca", ())
    made = _builder(name, name, private, _YEARS_CA * 365)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = made.add_extension(_usage(signs=True), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    pair = _Pair(made.sign(private, hashes.SHA256()), private)
    _write_private(key, _key_pem(private))
    certificate.write_bytes(_pem(pair.certificate))
    return pair


def _issue(
    ca: _Pair, common_name: str, groups: Sequence[str], purpose: x509.ObjectIdentifier, addresses: Sequence[str] = ()
) -> _Pair:
    private = ec.generate_private_key(ec.SECP256R1())
    made = _builder(_name(common_name, groups), ca.certificate.subject, private, _YEARS * 365)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(signs=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
    if addresses:
        made = made.add_extension(x509.SubjectAlternativeName([_alternative(text) for text in addresses]), critical=False)
    return _Pair(made.sign(ca.key, hashes.SHA256()), private)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common_name: str, groups: Sequence[str]) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usable(certificate: Path, addresses: Sequence[str]) -> bool:
    if not certificate.exists():
        return False
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    present = {str(name.value) for name in names}
    return set(addresses) <= present and loaded.not_valid_after_utc - datetime.now(UTC) > _RENEW_BEFORE


def _ensure_kubeconfig(pki: Pki, ca: _Pair, server: str) -> None:
    if pki.kubeconfig.exists() and f"server: {server}\n" in pki.kubeconfig.read_text(encoding="utf-8"):
        return
    _write_kubeconfig(pki.kubeconfig, ca, _issue(ca, ADMIN, (MASTERS,), ExtendedKeyUsageOID.CLIENT_AUTH), server)


def _write_kubeconfig(path: Path, ca: _Pair, client: _Pair, server: str) -> None:
    credentials = {
        "client-certificate-data": _base64(_pem(client.certificate)),
        "client-key-data": _base64(_key_pem(client.key)),
    }
    _write_private(path, kubeconfig(server, _pem(ca.certificate), credentials).encode())


def kubeconfig(server: str, ca: bytes, credentials: dict[str, str]) -> str:
    """A kubeconfig for one server and one user."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubegate", "cluster": {"server": server, "certificate-authority-data": _base64(ca)}}],
        "users": [{"name": ADMIN, "user": credentials}],
        "contexts": [{"name": "kubegate", "context": {"cluster": "kubegate", "user": ADMIN}}],
        "current-context": "kubegate",
    }
    return yaml.safe_dump(document, sort_keys=False)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write_private(path: Path, data: bytes) -> None:
    """Replace a file at once, readable by its owner only."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)
