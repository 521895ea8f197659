"""Client certificates: reading them, and what a log names them by."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kubegate.errors import KubegateError

_CURVES = frozenset({"secp224r1", "secp256r1", "secp384r1", "secp521r1"})
_TEXTS = frozenset({"UTF8String", "PrintableString", "IA5String", "NumericString", "T61String", "BMPString"})


class CertificateError(KubegateError):
    """A certificate cannot be read, or no trusted chain leads to it; the message is Go's."""

    code = "certificate"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed certificate with what chain building compares."""

    der: bytes
    parsed: x509.Certificate = field(compare=False)
    subject: bytes = field(compare=False)
    issuer: bytes = field(compare=False)
    key: bytes = field(compare=False)
    key_id: bytes = field(compare=False)
    authority_id: bytes = field(compare=False)
    extensions: x509.Extensions = field(compare=False, repr=False)

    @classmethod
    def read(cls, der: bytes) -> Certificate:
        """Raises `CertificateError` if ``der`` is no certificate that could be judged."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parsed = x509.load_der_x509_certificate(der)
                extensions = parsed.extensions
                public_key = parsed.public_key()
                key = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                subject, issuer = parsed.subject.public_bytes(), parsed.issuer.public_bytes()
        except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
            raise CertificateError("x509: malformed certificate") from error
        if isinstance(public_key, ec.EllipticCurvePublicKey) and public_key.curve.name not in _CURVES:
            raise CertificateError("x509: unsupported elliptic curve")
        _check_texts(parsed.subject, parsed.issuer)
        return cls(der, parsed, subject, issuer, key, _key_id(extensions), _authority_id(extensions), extensions)

    @property
    def not_after(self) -> float:
        """Unix seconds."""
        return self.parsed.not_valid_after_utc.timestamp()

    @property
    def identifier(self) -> str:
        """How kube-apiserver's log names a certificate."""
        serial = self.parsed.serial_number
        return f"SN={serial}, SKID={_colons(self.key_id)}, AKID={_colons(self.authority_id)}"


def _check_texts(*names: x509.Name) -> None:
    """Raises `CertificateError` for kinds of text that Go does not read."""
    for attribute in (attribute for name in names for attribute in name):
        kind = attribute._type
        if kind.name not in _TEXTS:
            what = f"unsupported string type: {kind.value}"
            raise CertificateError(f"x509: invalid RDNSequence: invalid attribute value: {what}")


def _key_id(extensions: x509.Extensions) -> bytes:
    try:
        return extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return b""


def _authority_id(extensions: x509.Extensions) -> bytes:
    try:
        return extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    except x509.ExtensionNotFound:
        return b""


def _colons(data: bytes) -> str:
    return data.hex(":").upper()
