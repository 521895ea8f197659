"""Which certificate requests are approved, signed and removed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kubegate.api.names import Object
from kubegate.controllers.certificate_rules import problem

PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SIGNING, APPROVING, CLEANER = (
    f"certificatesigningrequest-{name}-controller" for name in ("signing", "approving", "cleaner")
)
CLIENT = "kubernetes.io/kube-apiserver-client"
NODE_USAGES = ["digital signature", "key encipherment", "client auth"]
KEY = ec.generate_private_key(ec.SECP256R1())


def csr(
    name: str, organization: str = "", alternatives: tuple[x509.GeneralName, ...] = ()
) -> x509.CertificateSigningRequest:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(KEY, hashes.SHA256())


@pytest.fixture
def signer(world) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(1)
    dated = builder.not_valid_before(world.now - timedelta(days=1)).not_valid_after(world.now + timedelta(days=3650))
    made = dated.sign(KEY, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = KEY.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    world.options = SimpleNamespace(
        signing_certificate=made.public_bytes(pem).decode(), signing_key=secret.decode(), root_ca="", token_key=""
    )
    return made


@pytest.fixture(autouse=True)
def _clean(world) -> Iterator[None]:
    yield
    world.admin.delete(f"{PATH}/r")


def ask(world, request: x509.CertificateSigningRequest, signer_name: str, usages: list[str], **spec: object) -> None:
    pem = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    whole = {"request": pem, "signerName": signer_name, "usages": usages, **spec}
    world.admin.create(PATH, {"metadata": {"name": "r"}, "spec": whole})


def approve(world) -> None:
    found = world.admin.get(f"{PATH}/r")
    condition = {"type": "Approved", "status": "True", "reason": "r", "message": "m"}
    world.admin.update(f"{PATH}/r/approval", {**found, "status": {"conditions": [condition]}})
    world.settle(SIGNING)


def status(world) -> Object:
    return (world.admin.get(f"{PATH}/r") or {}).get("status") or {}


@pytest.mark.parametrize(
    ("seconds", "life"),
    [(None, timedelta(days=365)), (86400, timedelta(days=1)), (3600, timedelta(hours=1)), (600, timedelta(minutes=10))],
)
def test_an_approved_request_is_signed(world, signer: x509.Certificate, seconds: int | None, life: timedelta) -> None:
    spec = {"expirationSeconds": seconds} if seconds else {}
    ask(world, csr("jane", "team"), CLIENT, ["client auth"], **spec)
    world.settle(SIGNING)
    assert "certificate" not in status(world)
    approve(world)
    issued = x509.load_pem_x509_certificate(base64.b64decode(status(world)["certificate"]))
    issued.verify_directly_issued_by(signer)
    assert issued.subject == csr("jane", "team").subject
    backdated = timedelta() if life < timedelta(hours=8) else timedelta(minutes=5)
    assert issued.not_valid_after_utc == world.now + life - backdated
    assert issued.not_valid_before_utc == world.now - timedelta(minutes=5)


def test_what_a_signer_does_not_sign_fails(world, signer: x509.Certificate) -> None:
    ask(world, csr("jane"), CLIENT, ["server auth"])
    approve(world)
    (failed,) = (c for c in status(world)["conditions"] if c["type"] == "Failed")
    assert (failed["reason"], failed["message"]) == (
        "SignerValidationFailure",
        "invalid usage for client certificate: server auth",
    )
    assert "certificate" not in status(world)


def test_requests_to_other_signers_are_left_alone(world, signer: x509.Certificate) -> None:
    ask(world, csr("jane"), "example.com/other", ["client auth"])
    approve(world)
    assert "certificate" not in status(world)


@pytest.mark.parametrize(
    ("signer_name", "request_", "usages", "text"),
    [
        ("kube-apiserver-client", csr("a"), ["client auth"], ""),
        (
            "kube-apiserver-client",
            csr("a"),
            ["digital signature"],
            "missing required usage for client certificate: client auth",
        ),
        ("kube-apiserver-client-kubelet", csr("system:node:a", "system:nodes"), NODE_USAGES, ""),
        (
            "kube-apiserver-client-kubelet",
            csr("a", "system:nodes"),
            NODE_USAGES,
            "subject common name does not begin with system:node:",
        ),
        (
            "kube-apiserver-client-kubelet",
            csr("system:node:a", "other"),
            NODE_USAGES,
            "subject organization is not system:nodes",
        ),
        (
            "kube-apiserver-client-kubelet",
            csr("system:node:a", "system:nodes", (x509.DNSName("a"),)),
            NODE_USAGES,
            "DNS subjectAltNames are not allowed",
        ),
        (
            "kube-apiserver-client-kubelet",
            csr("system:node:a", "system:nodes"),
            ["client auth"],
            "usages did not match [client auth digital signature key encipherment]",
        ),
        ("kubelet-serving", csr("system:node:a", "system:nodes"), ["server auth"], "DNS or IP subjectAltName is required"),
        (
            "kubelet-serving",
            csr("system:node:a", "system:nodes", (x509.DNSName("a"),)),
            ["digital signature", "server auth"],
            "",
        ),
        ("legacy-unknown", csr("a"), ["any"], ""),
    ],
)
def test_what_signers_ask_for(
    signer_name: str, request_: x509.CertificateSigningRequest, usages: list[str], text: str
) -> None:
    assert problem(signer_name, request_, usages) == text


def test_a_node_that_may_is_approved_by_itself(world, signer: x509.Certificate) -> None:
    ask(world, csr("system:node:a", "system:nodes"), f"{CLIENT}-kubelet", NODE_USAGES)
    world.settle(APPROVING, SIGNING)
    (approved,) = status(world)["conditions"]
    assert (approved["reason"], approved["message"]) == (
        "AutoApproved",
        "Auto approving kubelet client certificate after SubjectAccessReview.",
    )
    assert status(world)["certificate"]


@pytest.mark.parametrize(("hours", "left"), [(23, True), (25, False)])
def test_undecided_requests_go_after_a_day(world, hours: int, left: bool) -> None:
    ask(world, csr("jane"), CLIENT, ["client auth"])
    world.later(hours=hours)
    world.settle(CLEANER)
    assert (world.admin.get(f"{PATH}/r") is not None) == left


def test_decided_requests_go_after_an_hour(world, signer: x509.Certificate) -> None:
    ask(world, csr("jane"), CLIENT, ["client auth"])
    approve(world)
    world.later(minutes=61)
    world.settle(CLEANER)
    assert world.admin.get(f"{PATH}/r") is None
