"""Priority: a pod's priority and preemption policy come from its PriorityClass, or from the class marked as global default.

Of several global defaults (after a race) the one with the lowest value counts; a second one is not admitted.

Source: kubernetes ``plugin/pkg/admission/priority``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.admission.rejections import forbidden
from kubegate.api.names import name_of
from kubegate.api.status import Status

CLASSES = "priorityclasses.scheduling.k8s.io"
_NO_CLASS: dict[str, Any] = {"value": 0, "preemptionPolicy": "PreemptLowerPriority"}


class Priority:
    """Resolves PriorityClasses and guards the global default."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        if review.operation is Operation.UPDATE:
            _keep(pod_spec(review), (review.old_object or {}).get("spec") or {})
            return None
        return self._resolve(review)

    def validate(self, review: Review) -> Status | None:
        if not review.is_for(CLASSES, Operation.CREATE, Operation.UPDATE):
            return None
        obj = review.object or {}
        current = self._global_default() if obj.get("globalDefault") else None
        if current is None or (review.operation is Operation.UPDATE and name_of(current) == name_of(obj)):
            return None
        return forbidden(
            review, f"PriorityClass {name_of(current)} is already marked as default. Only one default can exist"
        )

    def _global_default(self) -> dict[str, Any] | None:
        marked = [found for found in self._cluster.list(CLASSES) if found.get("globalDefault")]
        return min(marked, key=lambda found: found.get("value") or 0, default=None)

    def _resolve(self, review: Review) -> Status | None:
        spec = pod_spec(review)
        name = spec.get("priorityClassName")
        found = self._cluster.get(CLASSES, "", name) if name else self._global_default() or _NO_CLASS
        if found is None:
            return forbidden(review, f"no PriorityClass with name {name} was found")
        value, policy = found.get("value") or 0, found.get("preemptionPolicy")
        given, given_policy = spec.get("priority"), spec.get("preemptionPolicy")
        if given is not None and given != value:
            return forbidden(
                review,
                f"the integer value of priority ({given}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name",
            )
        if policy is not None and given_policy is not None and given_policy != policy:
            return forbidden(
                review,
                f"the string value of PreemptionPolicy ({given_policy}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name",
            )
        if not name and found is not _NO_CLASS:
            spec["priorityClassName"] = name_of(found)
        spec["priority"] = value
        if policy is not None:
            spec["preemptionPolicy"] = policy
        return None


def _keep(spec: dict[str, Any], old: dict[str, Any]) -> None:
    """What was computed at creation stays when an update leaves it out."""
    for field in ("priority", "preemptionPolicy"):
        if spec.get(field) is None and old.get(field) is not None:
            spec[field] = old[field]


def _build(environment: Environment, configuration: Any) -> Priority:
    return Priority(environment.cluster)


PLUGIN = Plugin("Priority", _build, on_by_default=True)
