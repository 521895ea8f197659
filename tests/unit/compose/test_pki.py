"""Keys and certificates that a server makes for itself."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubegate.compose.pki import Pki, ensure_pki, ensure_signing_key

ADDRESSES = ["localhost", "127.0.0.1"]
URL = "https://127.0.0.1:6443"


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return ensure_pki(tmp_path, ADDRESSES, URL)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_serving_certificate(pki: Pki) -> None:
    loaded = certificate(pki.certificate)
    loaded.verify_directly_issued_by(certificate(pki.ca))
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    usage = loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_administrator_is_of_the_masters(pki: Pki) -> None:
    document = yaml.safe_load(pki.kubeconfig.read_text())
    assert document["clusters"][0]["cluster"]["server"] == URL
    pem = base64.b64decode(document["users"][0]["user"]["client-certificate-data"])
    subject = x509.load_pem_x509_certificate(pem).subject
    assert [entry.value for entry in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]


def test_private_files_are_private(pki: Pki, tmp_path: Path) -> None:
    ensure_signing_key(tmp_path / "sa.key")
    for path in (pki.key, pki.kubeconfig, tmp_path / "ca.key", tmp_path / "sa.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_what_exists_is_kept(pki: Pki, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (pki.ca, pki.certificate, pki.key, pki.kubeconfig)}
    ensure_pki(tmp_path, ADDRESSES, URL)
    assert {path: path.read_bytes() for path in before} == before


def test_another_address_needs_another_certificate(pki: Pki, tmp_path: Path) -> None:
    ca, serving = pki.ca.read_bytes(), pki.certificate.read_bytes()
    ensure_pki(tmp_path, [*ADDRESSES, "10.1.2.3"], URL)
    assert pki.certificate.read_bytes() != serving
    assert pki.ca.read_bytes() == ca
