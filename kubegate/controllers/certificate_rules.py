"""What the built-in signers ask of a certificate request.

Source: kubernetes ``pkg/controller/certificates/signer`` and ``pkg/apis/certificates/helpers.go``.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509

_NODES, _NODE_PREFIX = "system:nodes", "system:node:"
_SIGNATURE, _ENCIPHERMENT, _CLIENT, _SERVER = "digital signature", "key encipherment", "client auth", "server auth"
_NAMES = (
    (x509.DNSName, "DNS subjectAltNames are not allowed"),
    (x509.RFC822Name, "Email subjectAltNames are not allowed"),
    (x509.IPAddress, "IP subjectAltNames are not allowed"),
    (x509.UniformResourceIdentifier, "URI subjectAltNames are not allowed"),
)


def problem(signer: str, csr: x509.CertificateSigningRequest, usages: Sequence[str]) -> str:
    """Why a signer (by the last part of its name) does not sign the request; "" if it does."""
    if signer == "kube-apiserver-client":
        return _client_usages(usages)
    if signer == "kube-apiserver-client-kubelet":
        return kubelet_client_problem(csr, usages)
    if signer == "kubelet-serving":
        return _kubelet_serving_problem(csr, usages)
    return ""


def _client_usages(usages: Sequence[str]) -> str:
    for usage in usages:
        if usage not in (_SIGNATURE, _ENCIPHERMENT, _CLIENT):
            return f"invalid usage for client certificate: {usage}"
    return "" if _CLIENT in usages else f"missing required usage for client certificate: {_CLIENT}"


def kubelet_client_problem(csr: x509.CertificateSigningRequest, usages: Sequence[str]) -> str:
    """Why this is no request for a node's client certificate."""
    if text := _organization_problem(csr) or _forbidden_names(csr, allowed=()):
        return text
    return _common_name_problem(csr) or _usages_problem(usages, _CLIENT)


def _kubelet_serving_problem(csr: x509.CertificateSigningRequest, usages: Sequence[str]) -> str:
    if text := _organization_problem(csr):
        return text
    names = _alternative_names(csr)
    if not any(isinstance(name, x509.DNSName | x509.IPAddress) for name in names):
        return "DNS or IP subjectAltName is required"
    forbidden = _forbidden_names(csr, allowed=(x509.DNSName, x509.IPAddress))
    return forbidden or _usages_problem(usages, _SERVER) or _common_name_problem(csr)


def _organization_problem(csr: x509.CertificateSigningRequest) -> str:
    names = [name.value for name in csr.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]
    return "" if names == [_NODES] else "subject organization is not system:nodes"


def common_name(csr: x509.CertificateSigningRequest) -> str:
    """The (last) common name of the subject, or ""."""
    names = csr.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""


def _common_name_problem(csr: x509.CertificateSigningRequest) -> str:
    return "" if common_name(csr).startswith(_NODE_PREFIX) else "subject common name does not begin with system:node:"


def _alternative_names(csr: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for extension in csr.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            found += list(extension.value)
    return found


def _forbidden_names(csr: x509.CertificateSigningRequest, allowed: tuple[type[x509.GeneralName], ...]) -> str:
    names = _alternative_names(csr)
    for kind, text in _NAMES:
        if kind not in allowed and any(isinstance(name, kind) for name in names):
            return text
    return ""


def _usages_problem(usages: Sequence[str], purpose: str) -> str:
    """The usages of RSA keys, or of others (which encipher nothing)."""
    full = {_SIGNATURE, _ENCIPHERMENT, purpose}
    if set(usages) in (full, full - {_ENCIPHERMENT}):
        return ""
    return f"usages did not match [{' '.join(sorted(full))}]"
