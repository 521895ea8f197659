"""RuntimeClass: a pod gets the overhead, the node selector and the tolerations of its runtime class.

Source: kubernetes ``plugin/pkg/admission/runtimeclass`` (KEP-688).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission import tolerations
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.quantity import Quantity
from kubegate.api.status import Status

_MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_UNFOUNDED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClass:
    """Merges what the class says, and refuses what contradicts it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE):
            return None
        spec = pod_spec(review)
        found = self._class(review, spec)
        if found is None or isinstance(found, Status):
            return found
        overhead = found.get("overhead")
        if overhead is not None:
            fixed = overhead.get("podFixed") or {}
            if spec.get("overhead") and not _equal(spec["overhead"], fixed):
                return forbidden(review, _MISMATCH)
            spec["overhead"] = dict(fixed)
        return _schedule(review, spec, found.get("scheduling"))

    def validate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE):
            return None
        spec = pod_spec(review)
        found = self._class(review, spec)
        if isinstance(found, Status):
            return found
        overhead = (found or {}).get("overhead")
        if overhead is None:
            return None if spec.get("overhead") is None else forbidden(review, _UNFOUNDED)
        if spec.get("overhead") is None or not _equal(spec["overhead"], overhead.get("podFixed") or {}):
            return forbidden(review, _MISMATCH)
        return None

    def _class(self, review: Review, spec: dict[str, Any]) -> dict[str, Any] | Status | None:
        name = spec.get("runtimeClassName")
        if name is None:
            return None
        found = self._cluster.get("runtimeclasses.node.k8s.io", "", name)
        return found or forbidden(review, f"pod rejected: RuntimeClass {quote(name)} not found")


def _schedule(review: Review, spec: dict[str, Any], scheduling: dict[str, Any] | None) -> Status | None:
    if scheduling is None:
        return None
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in sorted((scheduling.get("nodeSelector") or {}).items()):
        if selector.get(key, value) != value:
            return forbidden(
                review,
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {selector[key]}",
            )
        selector[key] = value
    if selector:
        spec["nodeSelector"] = selector
    merged = tolerations.merge(spec.get("tolerations") or [], scheduling.get("tolerations") or [])
    if merged:
        spec["tolerations"] = merged
    return None


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(Quantity.of(one[key]) == Quantity.of(other[key]) for key in one)


def _build(environment: Environment, configuration: Any) -> RuntimeClass:
    return RuntimeClass(environment.cluster)


PLUGIN = Plugin("RuntimeClass", _build, on_by_default=True)
