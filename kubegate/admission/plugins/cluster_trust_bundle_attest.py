"""ClusterTrustBundleAttest: who writes a signer's trust bundle must be allowed to ``attest`` for that signer.

Source: kubernetes ``plugin/pkg/admission/certificates/ctbattest``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission import signers
from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.authz.interface import Authorizer

BUNDLES = "clustertrustbundles.certificates.k8s.io"


class ClusterTrustBundleAttest:
    """Judges bundles that name a signer; one without a signer is anybody's."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def validate(self, review: Review) -> Status | None:
        if not review.is_for(BUNDLES, Operation.CREATE, Operation.UPDATE):
            return None
        signer = ((review.object or {}).get("spec") or {}).get("signerName") or ""
        if not signer or signers.may(self._authorizer, review.user, "attest", signer):
            return None
        return forbidden(review, f"user not permitted to attest for signerName {quote(signer)}")


def _build(environment: Environment, configuration: Any) -> ClusterTrustBundleAttest:
    return ClusterTrustBundleAttest(environment.authorizer)


PLUGIN = Plugin("ClusterTrustBundleAttest", _build, on_by_default=True)
