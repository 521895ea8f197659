"""CertificateApproval: who approves or denies a certificate request must be allowed to ``approve`` for its signer.

Source: kubernetes ``plugin/pkg/admission/certificates/approval``.
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


class CertificateApproval:
    """Judges updates of the approval."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def validate(self, review: Review) -> Status | None:
        if not review.is_for(REQUESTS, Operation.UPDATE, subresource="approval"):
            return None
        signer = ((review.object or {}).get("spec") or {}).get("signerName") or ""
        if signers.may(self._authorizer, review.user, "approve", signer):
            return None
        return forbidden(review, f"user not permitted to approve requests with signerName {quote(signer)}")


def _build(environment: Environment, configuration: Any) -> CertificateApproval:
    return CertificateApproval(environment.authorizer)


PLUGIN = Plugin("CertificateApproval", _build, on_by_default=True)
