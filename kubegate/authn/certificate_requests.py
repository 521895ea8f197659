"""The subject of a certificate signing request (PKCS #10), for those who judge requests before they are signed."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubegate.errors import InvalidInput

_BEGIN, _END = b"-----BEGIN CERTIFICATE REQUEST-----", b"-----END CERTIFICATE REQUEST-----"


@dataclass(frozen=True, slots=True)
class Subject:
    """Common name ("" if none) and organizations, in order."""

    common_name: str
    organizations: tuple[str, ...]


def subject_of(request: str) -> Subject:
    """The subject of ``spec.request`` of a CertificateSigningRequest (base64 of PEM).

    Raises `InvalidInput` with the API's words if there is no request in it."""
    try:
        pem = base64.b64decode(request, validate=True)
        start, end = pem.index(_BEGIN), pem.index(_END)
        parsed = x509.load_pem_x509_csr(pem[start : end + len(_END)])
    except (ValueError, binascii.Error):
        raise InvalidInput("PEM block type must be CERTIFICATE REQUEST") from None
    return Subject(_values(parsed.subject, NameOID.COMMON_NAME)[-1], _values(parsed.subject, NameOID.ORGANIZATION_NAME)[1:])


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    """The values of an attribute after an empty first one."""
    return ("", *(str(attribute.value) for attribute in name.get_attributes_for_oid(oid)))
