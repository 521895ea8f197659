"""JobValidation: a Job that is scheduled as a gang does not change what the gang was made for.

Acts only with the alpha feature gates WorkloadWithJob and GenericWorkload: then the parallelism of a Job whose pods belong
to a PodGroup with gang scheduling stays as it is.

Source: kubernetes ``plugin/pkg/admission/job`` (KEP-5547).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.status import Status


class JobValidation:
    """Judges updates of Jobs."""

    def __init__(self, cluster: Cluster, active: bool) -> None:
        self._cluster = cluster
        self._active = active

    def validate(self, review: Review) -> Status | None:
        if not self._active or not review.is_for("jobs.batch", Operation.UPDATE):
            return None
        if _parallelism(review.object) == _parallelism(review.old_object) or not self._is_gang(review):
            return None
        return forbidden(review, "spec.parallelism: field is immutable when the Job is gang-scheduled")

    def _is_gang(self, review: Review) -> bool:
        uid = ((review.old_object or {}).get("metadata") or {}).get("uid")
        for group in self._cluster.list("podgroups.scheduling.k8s.io", review.namespace):
            owners = (group.get("metadata") or {}).get("ownerReferences") or ()
            policy = (group.get("spec") or {}).get("schedulingPolicy") or {}
            if policy.get("gang") is not None and any(owner.get("uid") == uid for owner in owners):
                return True
        return False


def _parallelism(job: dict[str, Any] | None) -> Any:
    return ((job or {}).get("spec") or {}).get("parallelism")


def _build(environment: Environment, configuration: Any) -> JobValidation:
    active = is_on(environment, "WorkloadWithJob") and is_on(environment, "GenericWorkload")
    return JobValidation(environment.cluster, active)


PLUGIN = Plugin("JobValidation", _build, on_by_default=True)
