"""PodGroupWorkloadExists: a PodGroup made from a Workload's template needs that Workload and that template.

Acts only with the alpha feature gate GenericWorkload.

Source: kubernetes ``plugin/pkg/admission/podgroup`` (KEP-4671).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.status import Status


class PodGroupWorkloadExists:
    """Looks up what a new PodGroup refers to."""

    def __init__(self, cluster: Cluster, active: bool) -> None:
        self._cluster = cluster
        self._active = active

    def validate(self, review: Review) -> Status | None:
        if not self._active or not review.is_for("podgroups.scheduling.k8s.io", Operation.CREATE):
            return None
        spec = (review.object or {}).get("spec") or {}
        reference = (spec.get("podGroupTemplateRef") or {}).get("workload")
        if reference is None:
            return None
        name, template = reference.get("workloadName") or "", reference.get("podGroupTemplateName") or ""
        workload = self._cluster.get("workloads.scheduling.k8s.io", review.namespace, name)
        if workload is None:
            return forbidden(review, f"PodGroup rejected: Workload {quote(name)} not found")
        templates = (workload.get("spec") or {}).get("podGroupTemplates") or ()
        if any(item.get("name") == template for item in templates):
            return None
        return forbidden(
            review, f"PodGroup rejected: PodGroupTemplate {quote(template)} not found in Workload {quote(name)}"
        )


def _build(environment: Environment, configuration: Any) -> PodGroupWorkloadExists:
    return PodGroupWorkloadExists(environment.cluster, is_on(environment, "GenericWorkload"))


PLUGIN = Plugin("PodGroupWorkloadExists", _build, on_by_default=True)
