"""CertificateSubjectRestriction: no client certificate for the group system:masters.

Source: kubernetes ``plugin/pkg/admission/certificates/subjectrestriction``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.status import Status
from kubegate.api.user import MASTERS
from kubegate.authn.certificate_requests import subject_of
from kubegate.errors import InvalidInput

REQUESTS = "certificatesigningrequests.certificates.k8s.io"
CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"


class CertificateSubjectRestriction:
    """Reads the organizations of requests to the signer of API clients."""

    def validate(self, review: Review) -> Status | None:
        if not review.is_for(REQUESTS, Operation.CREATE):
            return None
        spec = (review.object or {}).get("spec") or {}
        if spec.get("signerName") != CLIENT_SIGNER:
            return None
        try:
            organizations = subject_of(spec.get("request") or "").organizations
        except InvalidInput as error:
            return forbidden(review, f"failed to parse CSR: {error.message}")
        if MASTERS in organizations:
            return forbidden(review, f"use of {CLIENT_SIGNER} signer with {MASTERS} group is not allowed")
        return None


def _build(environment: Environment, configuration: Any) -> CertificateSubjectRestriction:
    return CertificateSubjectRestriction()


PLUGIN = Plugin("CertificateSubjectRestriction", _build, on_by_default=True)
