"""NodeDeclaredFeatureValidator: a running pod is not changed into one that its node cannot run.

A node declares its features in ``status.declaredFeatures``. An update that needs a feature is refused if the pod's node
does not declare it: changing the CPU of a Guaranteed pod needs GuaranteedQoSPodCPUResize, changing what the pod as a whole
asks for needs InPlacePodLevelResourcesVerticalScaling, and resizing an init container that is no sidecar needs
InPlacePodVerticalScalingInitContainers. Acts with the feature gate NodeDeclaredFeatures.

Source: kubernetes ``plugin/pkg/admission/nodedeclaredfeatures``, component-helpers ``nodedeclaredfeatures`` (KEP-5328).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.admission.feature_gates import is_on
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pods import containers
from kubegate.admission.quota import amounts
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.quantity import ZERO, Quantity
from kubegate.api.status import Status


class NodeDeclaredFeatureValidator:
    """Judges updates and resizes of pods that are bound to a node."""

    def __init__(self, cluster: Cluster, active: bool) -> None:
        self._cluster = cluster
        self._active = active

    def validate(self, review: Review) -> Status | None:
        if not self._active or review.resource[::2] != ("", "pods") or review.operation is not Operation.UPDATE:
            return None
        pod, old = review.object or {}, review.old_object or {}
        name = (pod.get("spec") or {}).get("nodeName")
        if review.subresource not in ("", "resize") or not name or pod.get("spec") == old.get("spec"):
            return None
        needed = sorted(feature for feature, needs in _NEEDS.items() if needs(pod, old))
        if not needed:
            return None
        node = self._cluster.get("nodes", "", name)
        if node is None:
            return forbidden(review, f"node {quote(name)} not found")
        declared = (node.get("status") or {}).get("declaredFeatures") or ()
        missing = [feature for feature in needed if feature not in declared]
        if not missing:
            return None
        return forbidden(
            review, f"pod update requires features {', '.join(missing)} which are not available on node {quote(name)}"
        )


def _resizes_guaranteed_cpu(pod: dict[str, Any], old: dict[str, Any]) -> bool:
    if (old.get("status") or {}).get("qosClass") != "Guaranteed":
        return False
    return _cpus(pod.get("spec") or {}) != _cpus(old.get("spec") or {})


def _cpus(spec: dict[str, Any]) -> list[Quantity]:
    wishes = ((container.get("resources") or {}).get("requests") for container in containers(spec, "containers"))
    return [amounts.read(wish).get("cpu", ZERO) for wish in wishes]


def _resizes_pod_level(pod: dict[str, Any], old: dict[str, Any]) -> bool:
    return ((pod.get("spec") or {}).get("resources") or {}) != ((old.get("spec") or {}).get("resources") or {})


def _resizes_init_containers(pod: dict[str, Any], old: dict[str, Any]) -> bool:
    new, before = ((it.get("spec") or {}).get("initContainers") or [] for it in (pod, old))
    return any(
        had.get("restartPolicy") != "Always" and (has.get("resources") or {}) != (had.get("resources") or {})
        for has, had in zip(new, before, strict=False)
    )


_NEEDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    "GuaranteedQoSPodCPUResize": _resizes_guaranteed_cpu,
    "InPlacePodLevelResourcesVerticalScaling": _resizes_pod_level,
    "InPlacePodVerticalScalingInitContainers": _resizes_init_containers,
}


def _build(environment: Environment, configuration: Any) -> NodeDeclaredFeatureValidator:
    return NodeDeclaredFeatureValidator(environment.cluster, is_on(environment, "NodeDeclaredFeatures"))


PLUGIN = Plugin("NodeDeclaredFeatureValidator", _build, on_by_default=True)
