"""What ties an object to nodes: the pods and volumes that need it, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.authz.node.references import Ref, pod_references, volume_claim, volume_secrets
from kubegate.bundle.state import ClusterState

_BY_SPEC = (
    ("", "Pod", "pods"),
    ("storage.k8s.io", "VolumeAttachment", "volumeattachments"),
    ("resource.k8s.io", "ResourceSlice", "resourceslices"),
    ("certificates.k8s.io", "PodCertificateRequest", "podcertificaterequests"),
)


def ties(state: ClusterState, ref: Ref) -> Iterator[tuple[str, Object]]:
    """Each object that is bound to a node and needs what ``ref`` names (or is that), with the node."""
    wanted = {ref}
    for volume in state.of_kind("", "PersistentVolume"):
        claim = volume_claim(volume)
        if claim is not None and ref in (Ref("persistentvolumes", "", name_of(volume)), *volume_secrets(volume)):
            wanted.add(claim)
    for group, kind, resource in _BY_SPEC:
        for obj in state.of_kind(group, kind):
            node = (obj.get("spec") or {}).get("nodeName") or ""
            needs = pod_references(obj) if kind == "Pod" else ()
            if node and not wanted.isdisjoint((Ref(resource, namespace_of(obj), name_of(obj)), *needs)):
                yield node, obj


def title(obj: Object) -> str:
    """``Pod shop/web``."""
    namespace = namespace_of(obj)
    return f"{kind_of(obj).kind} {namespace + '/' if namespace else ''}{name_of(obj)}"
