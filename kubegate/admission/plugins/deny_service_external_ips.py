"""DenyServiceExternalIPs: a Service gets no external IP that it had not before.

Source: kubernetes ``plugin/pkg/admission/network/denyserviceexternalips`` (CVE-2020-8554).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.status import Status


class DenyServiceExternalIPs:
    """Refuses added ``spec.externalIPs``; what is there may stay or go."""

    def validate(self, review: Review) -> Status | None:
        if not review.is_for("services", Operation.CREATE, Operation.UPDATE):
            return None
        if _external_ips(review.object) <= _external_ips(review.old_object):
            return None
        return forbidden(review, "Use of external IPs is denied by admission control")


def _external_ips(service: dict[str, Any] | None) -> set[str]:
    return set(((service or {}).get("spec") or {}).get("externalIPs") or ())


def _build(environment: Environment, configuration: Any) -> DenyServiceExternalIPs:
    return DenyServiceExternalIPs()


PLUGIN = Plugin("DenyServiceExternalIPs", _build)
