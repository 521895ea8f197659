"""Before a pod is bound: its waiting claims are given the volumes that were found for its node.

Source: kube-scheduler ``volumebinding`` (``BindPodVolumes``).
"""

from __future__ import annotations

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.scheduler.claims import CLAIMS, VOLUMES, ClaimProblem, claims_of, is_bound
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Api
from kubegate.scheduler.plugins.volume_binding import Found
from kubegate.scheduler.pod import PodInfo

BIND_SECONDS = 600.0
"""How long the claims may take to be bound."""


def request(found: Found, node_name: str, api: Api) -> None:
    """Ask for the bindings and provisions; raises `errors.KubegateError` if the API refuses."""
    for claim, volume in found.bindings:
        api.patch(VOLUMES, "", name_of(volume), _reservation(claim))
    for claim in found.provisions:
        chosen = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": node_name}}}
        api.patch(CLAIMS, namespace_of(claim), name_of(claim), chosen)


def _reservation(claim: Object) -> Object:
    meta = claim["metadata"]
    reference = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": namespace_of(claim),
        "name": name_of(claim),
        "uid": meta.get("uid"),
        "resourceVersion": meta.get("resourceVersion"),
    }
    annotations = {"pv.kubernetes.io/bound-by-controller": "yes"}
    return {"metadata": {"annotations": annotations}, "spec": {"claimRef": reference}}


def all_bound(pod: PodInfo, cluster: Cluster) -> bool:
    """Are the pod's claims all bound by now?"""
    try:
        return all(is_bound(claim) for claim in claims_of(pod, cluster))
    except ClaimProblem:
        return False
