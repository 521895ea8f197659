"""LimitPodHardAntiAffinityTopology: required pod anti-affinity keeps other pods off a node, never off a whole zone.

Source: kubernetes ``plugin/pkg/admission/antiaffinity``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.api import status
from kubegate.api.names import name_of
from kubegate.api.status import Status

HOSTNAME = "kubernetes.io/hostname"


class LimitPodHardAntiAffinityTopology:
    """Allows only the topology key kubernetes.io/hostname in required anti-affinity terms."""

    def validate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        anti = (pod_spec(review).get("affinity") or {}).get("podAntiAffinity") or {}
        for term in anti.get("requiredDuringSchedulingIgnoredDuringExecution") or ():
            key = term.get("topologyKey") or ""
            if key != HOSTNAME:
                why = (
                    f"affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {key} "
                    f"but only key {HOSTNAME} is allowed"
                )
                return status.forbidden("", "pods", name_of(review.object or {}), why)
        return None


def _build(environment: Environment, configuration: Any) -> LimitPodHardAntiAffinityTopology:
    return LimitPodHardAntiAffinityTopology()


PLUGIN = Plugin("LimitPodHardAntiAffinityTopology", _build)
