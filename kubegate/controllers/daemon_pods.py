"""The pods of a DaemonSet: one for each node that fits, bound to it by affinity.

Source: kubernetes ``pkg/controller/daemon/util``.
"""

from __future__ import annotations

import copy

from kubegate.api.names import Object, name_of
from kubegate.controllers.node_fit import affinity_fits, untolerated
from kubegate.controllers.pods import pod_from_template
from kubegate.controllers.revisions import HASH_LABEL

GENERATION_LABEL, GENERATION_NOTE = "pod-template-generation", "deprecated.daemonset.template.generation"
_AFFINITY = "requiredDuringSchedulingIgnoredDuringExecution"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_TOLERATED_ON_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


def tolerations(spec: Object) -> list[Object]:
    """The tolerations of a template's spec and those that every daemon pod has."""
    held = list(spec.get("tolerations") or ())
    extra = [*_TOLERATED, _TOLERATED_ON_HOST_NETWORK] if spec.get("hostNetwork") else _TOLERATED
    for key, effect in extra:
        added = {"key": key, "operator": "Exists", "effect": effect}
        if added not in held:
            held.append(added)
    return held


def new_pod(owner: Object, node: str, code: str) -> Object:
    """The pod for a node; ``code`` is the hash of the revision."""
    pod = pod_from_template(owner["spec"]["template"], owner)
    labels = pod["metadata"].setdefault("labels", {})
    generation = (owner["metadata"].get("annotations") or {}).get(GENERATION_NOTE)
    if generation:
        labels[GENERATION_LABEL] = generation
    labels[HASH_LABEL] = code
    spec = pod["spec"]
    spec["tolerations"] = tolerations(spec)
    affinity = copy.deepcopy(spec.get("affinity") or {})
    fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    terms = [{"matchFields": fields}]
    required = (affinity.get("nodeAffinity") or {}).get(_AFFINITY)
    if required and required.get("nodeSelectorTerms"):
        terms = [{**term, "matchFields": fields} for term in required["nodeSelectorTerms"]]
    affinity["nodeAffinity"] = {**(affinity.get("nodeAffinity") or {}), _AFFINITY: {"nodeSelectorTerms": terms}}
    spec["affinity"] = affinity
    return pod


def node_of(pod: Object) -> str:
    """The node that a pod is bound to, or is meant for."""
    spec = pod.get("spec") or {}
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_AFFINITY) or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name" and field["operator"] == "In" and len(field.get("values") or ()) == 1:
                return str(field["values"][0])
    return ""


def should_run(owner: Object, node: Object) -> tuple[bool, bool]:
    """Is the node to have a pod, and may one that is there go on?"""
    spec = owner["spec"]["template"].get("spec") or {}
    if spec.get("nodeName") not in (None, "", name_of(node)) or not affinity_fits(spec, node):
        return False, False
    taints = (node.get("spec") or {}).get("taints") or ()
    held = tolerations(spec)
    if untolerated(taints, held, ("NoSchedule", "NoExecute")):
        return False, not untolerated(taints, held, ("NoExecute",))
    return True, True
