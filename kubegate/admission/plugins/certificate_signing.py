"""CertificateSigning: who puts a certificate into a request, or declares it failed, must be allowed to ``sign`` for its
signer.

Source: kubernetes ``plugin/pkg/admission/certificates/signing``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission import signers
from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.authz.interface import Authorizer

REQUESTS = "certificatesigningrequests.certificates.k8s.io"


class CertificateSigning:
    """Judges updates of the status that change the certificate or the conditions."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def validate(self, review: Review) -> Status | None:
        if not review.is_for(REQUESTS, Operation.UPDATE, subresource="status"):
            return None
        if _signed(review.object) == _signed(review.old_object):
            return None
        signer = ((review.old_object or {}).get("spec") or {}).get("signerName") or ""
        if signers.may(self._authorizer, review.user, "sign", signer):
            return None
        return forbidden(review, f"user not permitted to sign requests with signerName {quote(signer)}")


def _signed(obj: dict[str, Any] | None) -> tuple[Any, Any]:
    status = (obj or {}).get("status") or {}
    return status.get("certificate") or "", status.get("conditions") or []


def _build(environment: Environment, configuration: Any) -> CertificateSigning:
    return CertificateSigning(environment.authorizer)


PLUGIN = Plugin("CertificateSigning", _build, on_by_default=True)
