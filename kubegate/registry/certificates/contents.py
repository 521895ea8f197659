"""What is wrong with the content of a certificate request, of a certificate, or of a trust bundle: in the API's words.

Only the outermost layer of what does not parse is named as Go's parsers name it; deeper faults get one text each.

Source: ``pkg/apis/certificates/validation``, Go's ``encoding/asn1`` and ``crypto/x509``.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kubegate.api.go import quote
from kubegate.registry.certificates.der import Fault, Head, head
from kubegate.registry.certificates.pem import blocks

_EXPECTED = (
    "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> "
    "stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest"
)
_NOT_VERIFIED = {
    rsa.RSAPublicKey: "crypto/rsa: verification error",
    ec.EllipticCurvePublicKey: "x509: ECDSA verification failure",
    ed25519.Ed25519PublicKey: "x509: Ed25519 verification failure",
}


def request_complaint(data: bytes) -> str:
    """Why this is no certificate signing request (PKCS #10 in PEM) signed by its own key; "" if it is."""
    block = next(blocks(data), None)
    if block is None or block.kind != "CERTIFICATE REQUEST":
        return "PEM block type must be CERTIFICATE REQUEST"
    try:
        _check_outside(block.content)
        parsed = x509.load_der_x509_csr(block.content)
        if parsed.is_signature_valid:
            return ""
        public = parsed.public_key()
    except Fault as fault:
        return str(fault)
    except UnsupportedAlgorithm:
        return "x509: cannot verify signature: algorithm unimplemented"
    except ValueError:
        return "asn1: structure error: malformed certificate request"
    return next((text for kind, text in _NOT_VERIFIED.items() if isinstance(public, kind)), "x509: verification failure")


def _check_outside(content: bytes) -> None:
    if not content:
        raise Fault("asn1: syntax error: sequence truncated")
    found = head(content)
    if not found.is_sequence:
        raise Fault(f"asn1: structure error: tags don't match (16 vs {found}) {_EXPECTED} @{found.size}")
    if found.end > len(content):
        raise Fault("asn1: syntax error: data truncated")
    if found.end < len(content):
        raise Fault("asn1: syntax error: trailing data")


def certificate_complaint(data: bytes) -> str:
    """Why these are no certificates in PEM; "" if they are, or if there is nothing."""
    found = list(blocks(data))
    for block in found:
        if block.kind != "CERTIFICATE":
            return f"only CERTIFICATE PEM blocks are allowed, found {quote(block.kind)}"
        if block.has_headers:
            return "no PEM block headers are permitted"
        if not block.content:
            return "found CERTIFICATE PEM block containing 0 certificates"
        try:
            for single in _sequences(block.content):
                x509.load_der_x509_certificate(single)
        except Fault:
            return "x509: malformed certificate"
        except ValueError:
            return "x509: malformed tbs certificate"
    return "must contain at least one CERTIFICATE PEM block" if data and not found else ""


def _sequences(content: bytes) -> Iterator[bytes]:
    """The DER sequences that follow one another; raises `Fault` at what is none."""
    while content:
        found: Head = head(content)
        if not found.is_sequence or found.end > len(content):
            raise Fault("no sequence")
        yield content[: found.end]
        content = content[found.end :]


def anchor_complaints(text: str) -> list[str]:
    """What is wrong with a bundle of trust anchors: certificates of authorities in PEM, each once."""
    wrong: list[str] = []
    seen: dict[bytes, list[int]] = {}
    for index, block in enumerate(blocks(text.encode())):
        if block.kind != "CERTIFICATE":
            wrong.append(f"entry {index} has bad block type: {block.kind}")
        elif block.has_headers:
            wrong.append(f"entry {index} has PEM block headers")
        elif fault := _anchor_fault(block.content):
            wrong.append(f"entry {index} {fault}")
        else:
            seen.setdefault(block.content, []).append(index)
    if wrong:
        return wrong
    if not seen:
        return ["at least one trust anchor must be provided"]
    twice = (indices for indices in seen.values() if len(indices) > 1)
    return [f"duplicate trust anchor (indices [{' '.join(map(str, indices))}])" for indices in twice]


def _anchor_fault(content: bytes) -> str:
    try:
        found = x509.load_der_x509_certificate(content)
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return "does not have the CA bit set"
    except ValueError:
        return "does not parse as X.509"
    return "" if constraints.ca else "does not have the CA bit set"
