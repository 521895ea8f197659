"""Approved certificate requests of the built-in signers are signed; old requests are removed.

``certificatesigningrequest-{signing,approving,cleaner}-controller``. Source: kubernetes ``pkg/controller/certificates``.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.api.names import Object
from kubegate.controllers.certificate_rules import common_name, kubelet_client_problem, problem
from kubegate.controllers.interface import Context, Controller, Source, Work

RESOURCE = "certificatesigningrequests.certificates.k8s.io"
_PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
_SIGNERS = frozenset(
    f"kubernetes.io/{name}"
    for name in ("kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving", "legacy-unknown")
)
_NODE_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
_YEAR = timedelta(days=365)
_BACKDATE, _SHORTEST, _SHORT = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=8)
"""Certificates begin a little earlier; those that live for a short time do not end earlier for it."""

_PURPOSES = {
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "code signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ocsp signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
_KEEP = {"Approved": timedelta(hours=1), "Denied": timedelta(hours=1), "Failed": timedelta(hours=1)}
_KEEP_PENDING = timedelta(hours=24)


def _conditions(request: Object) -> dict[str, Object]:
    return {c["type"]: c for c in (request.get("status") or {}).get("conditions") or ()}


class Signing:
    """Signs with the authority of ``context.options``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        request = self._context.get(RESOURCE, "", work.name)
        if request is None or request["spec"].get("signerName") not in _SIGNERS:
            return
        conditions, status = _conditions(request), request.get("status") or {}
        if status.get("certificate") or "Approved" not in conditions or {"Denied", "Failed"} & set(conditions):
            return
        spec = request["spec"]
        signer = spec["signerName"].removeprefix("kubernetes.io/")
        if text := problem(signer, _parse(request), spec.get("usages") or ()):
            self._fail(request, text)
            return
        options = self._context.options
        if not options.signing_certificate:
            return
        issued = issue(request, options.signing_certificate, options.signing_key, self._context.now())
        body = {**request, "status": {**status, "certificate": base64.b64encode(issued).decode()}}
        self._context.client.update(f"{_PATH}/{work.name}/status", body)

    def _fail(self, request: Object, text: str) -> None:
        now, status = self._context.timestamp(), request.get("status") or {}
        condition = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": text}
        times = {"lastUpdateTime": now, "lastTransitionTime": now}
        conditions = [*(status.get("conditions") or ()), {**condition, **times}]
        body = {**request, "status": {**status, "conditions": conditions}}
        self._context.client.update(f"{_PATH}/{request['metadata']['name']}/status", body)


def _parse(request: Object) -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))


def issue(request: Object, certificate: str, key: str, now: datetime) -> bytes:
    """The certificate (PEM) that an approved request gets."""
    authority = x509.load_pem_x509_certificate(certificate.encode())
    private = serialization.load_pem_private_key(key.encode(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("the signing key is neither RSA nor elliptic curve")
    csr, spec = _parse(request), request["spec"]
    seconds = spec.get("expirationSeconds")
    life = max(min(timedelta(seconds=seconds), _YEAR), _SHORTEST) if seconds else _YEAR
    start = now.astimezone(UTC) - _BACKDATE
    end = start + life + (_BACKDATE if life < _SHORT else timedelta())
    builder = (
        x509.CertificateBuilder()
        .subject_name(csr.subject)
        .issuer_name(authority.subject)
        .public_key(csr.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(min(end, authority.not_valid_after_utc))
        .add_extension(_key_usage(spec.get("usages") or ()), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    purposes = [_PURPOSES[usage] for usage in spec.get("usages") or () if usage in _PURPOSES]
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension in csr.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key())
    issued = builder.add_extension(identifier, critical=False).sign(private, hashes.SHA256())
    return issued.public_bytes(serialization.Encoding.PEM)


def _key_usage(usages: Any) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=bool({"digital signature", "signing"} & set(usages)),
        content_commitment="content commitment" in usages,
        key_encipherment="key encipherment" in usages,
        data_encipherment="data encipherment" in usages,
        key_agreement="key agreement" in usages,
        key_cert_sign="cert sign" in usages,
        crl_sign="crl sign" in usages,
        encipher_only=False,
        decipher_only=False,
    )


class Approving:
    """Approves the client certificates of nodes that may ask for them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        request = self._context.get(RESOURCE, "", work.name)
        if request is None or _conditions(request) or (request.get("status") or {}).get("certificate"):
            return
        spec = request["spec"]
        csr = _parse(request)
        if spec.get("signerName") != _NODE_CLIENT or kubelet_client_problem(csr, spec.get("usages") or ()):
            return
        own = common_name(csr) == spec.get("username")
        checks = (
            [("selfnodeclient", "Auto approving self kubelet client certificate after SubjectAccessReview.")] if own else []
        )
        checks.append(("nodeclient", "Auto approving kubelet client certificate after SubjectAccessReview."))
        for subresource, message in checks:
            if self._allowed(spec, subresource):
                self._approve(request, message)
                return

    def _allowed(self, spec: Object, subresource: str) -> bool:
        attributes = {
            "group": "certificates.k8s.io",
            "resource": "certificatesigningrequests",
            "verb": "create",
            "subresource": subresource,
            "version": "*",
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": spec.get("username"),
                "groups": spec.get("groups"),
                "uid": spec.get("uid"),
                "extra": spec.get("extra"),
                "resourceAttributes": attributes,
            },
        }
        answer = self._context.client.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool((answer.get("status") or {}).get("allowed"))

    def _approve(self, request: Object, message: str) -> None:
        now = self._context.timestamp()
        condition = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message}
        times = {"lastUpdateTime": now, "lastTransitionTime": now}
        body = {**request, "status": {"conditions": [{**condition, **times}]}}
        self._context.client.update(f"{_PATH}/{request['metadata']['name']}/approval", body)


class Cleaner:
    """Removes requests that were decided an hour ago, or not for a day."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        request = self._context.get(RESOURCE, "", work.name)
        if request is None:
            return None
        conditions = _conditions(request)
        decided = next((c for kind, c in conditions.items() if kind in _KEEP), None)
        since = (decided or {}).get("lastUpdateTime") or request["metadata"]["creationTimestamp"]
        keep = _KEEP[decided["type"]] if decided else _KEEP_PENDING
        left = datetime.fromisoformat(since.replace("Z", "+00:00")) + keep - self._context.now()
        if left.total_seconds() > 0:
            return left.total_seconds() + 1
        self._context.client.delete(f"{_PATH}/{work.name}")
        return None


_ACCOUNT, _SOURCES = "certificate-controller", (Source(RESOURCE),)
SIGNING = Controller("certificatesigningrequest-signing-controller", _ACCOUNT, _SOURCES, Signing)
APPROVING = Controller("certificatesigningrequest-approving-controller", _ACCOUNT, _SOURCES, Approving)
CLEANER = Controller("certificatesigningrequest-cleaner-controller", _ACCOUNT, _SOURCES, Cleaner)
