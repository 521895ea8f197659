"""PodResizeValidator: a pod grows in place only as far as its node could ever hold it, and only on Linux.

Source: kubernetes ``plugin/pkg/admission/podresize`` (KEP-1287).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.quota import amounts, pod_resources
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.names import Object, labels_of, name_of
from kubegate.api.quantity import ZERO
from kubegate.api.status import Status

OS_LABEL = "kubernetes.io/os"


class PodResizeValidator:
    """Judges the resize subresource of pods that run on a node."""

    def __init__(self, cluster: Cluster, active: bool) -> None:
        self._cluster = cluster
        self._active = active

    def validate(self, review: Review) -> Status | None:
        if not self._active or not review.is_for("pods", Operation.UPDATE, subresource="resize"):
            return None
        spec = (review.object or {}).get("spec") or {}
        name = spec.get("nodeName")
        if not name or spec == ((review.old_object or {}).get("spec") or {}):
            return None
        node = self._cluster.get("nodes", "", name)
        if node is None:
            return forbidden(review, f"node {quote(name)} not found")
        why = _too_large(spec, node) or _not_linux(node)
        return forbidden(review, why) if why else None


def _too_large(spec: dict[str, Any], node: Object) -> str:
    allocatable = amounts.read((node.get("status") or {}).get("allocatable"))
    requests = pod_resources.requests(spec)
    cpu, cpu_limit = requests.get("cpu", ZERO).milli_value(), allocatable.get("cpu", ZERO).milli_value()
    memory, memory_limit = requests.get("memory", ZERO).value(), allocatable.get("memory", ZERO).value()
    faults = []
    if cpu > cpu_limit:
        faults.append(f"cpu, requested: {cpu}, allocatable: {cpu_limit}")
    if memory > memory_limit:
        faults.append(f"memory, requested: {memory}, allocatable: {memory_limit}")
    return f"Node didn't have enough allocatable resources: {'; '.join(faults)}" if faults else ""


def _not_linux(node: Object) -> str:
    system = labels_of(node).get(OS_LABEL, "")
    if system == "linux":
        return ""
    return f"pod resize is only supported on linux nodes, node {quote(name_of(node))} is {quote(system)}"


def _build(environment: Environment, configuration: Any) -> PodResizeValidator:
    return PodResizeValidator(environment.cluster, is_on(environment, "InPlacePodVerticalScaling"))


PLUGIN = Plugin("PodResizeValidator", _build, on_by_default=True)
