"""PodTopologyLabels: a pod bound to a node carries the node's zone and region as labels.

Source: kubernetes ``plugin/pkg/admission/podtopologylabels`` (KEP-4742).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.api.names import labels_of, metadata
from kubegate.api.status import Status

LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


class PodTopologyLabels:
    """Copies the labels when a pod is bound, or created on a node; a missing node gives none."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if review.operation is not Operation.CREATE or review.resource[::2] != ("", "pods") or review.object is None:
            return None
        node = _node_of(review.object, review.subresource)
        found = self._cluster.get("nodes", "", node) if node else None
        copied = {key: value for key, value in labels_of(found or {}).items() if key in LABELS}
        if copied:
            meta = metadata(review.object)
            meta["labels"] = {**(meta.get("labels") or {}), **copied}
        return None


def _node_of(obj: dict[str, Any], subresource: str) -> str:
    """The node that a pod or a binding names."""
    if subresource == "binding":
        target = obj.get("target") or {}
        return (target.get("name") or "") if target.get("kind") == "Node" else ""
    return ((obj.get("spec") or {}).get("nodeName") or "") if not subresource else ""


def _build(environment: Environment, configuration: Any) -> PodTopologyLabels:
    return PodTopologyLabels(environment.cluster)


PLUGIN = Plugin("PodTopologyLabels", _build, on_by_default=True)
