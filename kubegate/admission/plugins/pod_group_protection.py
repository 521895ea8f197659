"""PodGroupProtection: a PodGroup stays while pods refer to it, and no pod joins one that is going away.

Acts only with the alpha feature gate GenericWorkload.

Source: kubernetes ``plugin/pkg/admission/scheduling/podgroupprotection`` (KEP-4671).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.names import metadata
from kubegate.api.status import Status

GROUPS = "podgroups.scheduling.k8s.io"
FINALIZER = "scheduling.k8s.io/podgroup-protection"


class PodGroupProtection:
    """Adds the finalizer, and judges new pods."""

    def __init__(self, cluster: Cluster, active: bool) -> None:
        self._cluster = cluster
        self._active = active

    def mutate(self, review: Review) -> Status | None:
        if not self._active or not review.is_for(GROUPS, Operation.CREATE) or review.object is None:
            return None
        meta = metadata(review.object)
        present = meta.get("finalizers") or []
        if FINALIZER not in present:
            meta["finalizers"] = [*present, FINALIZER]
        return None

    def validate(self, review: Review) -> Status | None:
        if not self._active or not review.is_for("pods", Operation.CREATE):
            return None
        spec = (review.object or {}).get("spec") or {}
        name = (spec.get("schedulingGroup") or {}).get("podGroupName") or ""
        group = self._cluster.get(GROUPS, review.namespace, name) if name else None
        if group is None or not (group.get("metadata") or {}).get("deletionTimestamp"):
            return None
        return forbidden(review, f"cannot create Pod referencing PodGroup {quote(name)} because it is being deleted")


def _build(environment: Environment, configuration: Any) -> PodGroupProtection:
    return PodGroupProtection(environment.cluster, is_on(environment, "GenericWorkload"))


PLUGIN = Plugin("PodGroupProtection", _build, on_by_default=True)
