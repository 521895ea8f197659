"""The pods that belong together with a pod although it does not say so: those of its Services and of its controller.

Source: kube-scheduler ``helper.DefaultSelector``.
"""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.pod import PodInfo
from kubegate.selectors.label_selector import from_labels
from kubegate.selectors.requirement import LabelSelector, Requirement

_CONTROLLERS = {
    "ReplicationController": "replicationcontrollers",
    "ReplicaSet": "replicasets.apps",
    "StatefulSet": "statefulsets.apps",
}


def default_selector(pod: PodInfo, cluster: Cluster) -> LabelSelector | None:
    """What all of them select, or None if there are none."""
    parts: list[Requirement] = []
    for service in cluster.in_namespace("services", pod.namespace):
        selector = from_labels((service.get("spec") or {}).get("selector"))
        if selector.requirements and selector.matches(pod.labels):
            parts += selector.requirements
    parts += _of_controller(pod, cluster)
    return LabelSelector(dict.fromkeys(parts)) if parts else None


def _of_controller(pod: PodInfo, cluster: Cluster) -> tuple[Requirement, ...]:
    owners = (pod.object.get("metadata") or {}).get("ownerReferences") or ()
    owner: Object = next((owner for owner in owners if owner.get("controller")), {})
    resource = _CONTROLLERS.get(owner.get("kind") or "")
    found = cluster.find(resource, pod.namespace, owner.get("name") or "") if resource else None
    if found is None:
        return ()
    selector = (found.get("spec") or {}).get("selector")
    return (from_labels(selector) if resource == "replicationcontrollers" else selector_of(selector)).requirements
