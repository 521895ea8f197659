"""Claims, volumes and storage classes, as far as scheduling looks at them.

Source: k8s.io/component-helpers ``storage/volume``, kube-scheduler ``volumebinding``.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.api.go import quote
from kubegate.api.names import Object, annotations_of, labels_of, name_of, namespace_of
from kubegate.api.quantity import Quantity
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.pod import PodInfo

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
WAIT = "WaitForFirstConsumer"

_OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
_PREFERENCE = ("ReadWriteOncePod", "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany")


class ClaimProblem(Exception):
    """A claim of the pod keeps it from being scheduled anywhere; the text is for the pod's condition."""


def claims_of(pod: PodInfo, cluster: Cluster) -> Iterator[Object]:
    """The pod's claims; raises `ClaimProblem` for the first that is missing, lost or about to go."""
    for volume, name in pod.volumes():
        if not name:
            continue
        claim = cluster.find(CLAIMS, pod.namespace, name)
        if claim is None:
            if volume.get("ephemeral") is not None:
                raise ClaimProblem(
                    f"waiting for ephemeral volume controller to create the persistentvolumeclaim {quote(name)}"
                )
            raise ClaimProblem(f"persistentvolumeclaim {quote(name)} not found")
        if (claim.get("status") or {}).get("phase") == "Lost":
            volume_name = quote(claim["spec"].get("volumeName") or "")
            raise ClaimProblem(f"persistentvolumeclaim {quote(name)} bound to non-existent persistentvolume {volume_name}")
        if claim["metadata"].get("deletionTimestamp"):
            raise ClaimProblem(f"persistentvolumeclaim {quote(name)} is being deleted")
        if volume.get("ephemeral") is not None and not _made_for(pod, claim):
            text = f"PVC {pod.namespace}/{name} was not created for pod {pod.namespace}/{pod.name} (pod is not owner)"
            raise ClaimProblem(text)
        yield claim


def _made_for(pod: PodInfo, claim: Object) -> bool:
    owners = claim["metadata"].get("ownerReferences") or ()
    return any(owner.get("controller") and owner.get("uid") == pod.uid for owner in owners)


def volume_name(claim: Object) -> str:
    """The volume that a claim is or wants to be bound to, or ""."""
    return (claim.get("spec") or {}).get("volumeName") or ""


def is_bound(claim: Object) -> bool:
    """Is the claim bound for good?"""
    return bool(volume_name(claim)) and BIND_COMPLETED in annotations_of(claim)


def class_name(obj: Object) -> str:
    """The storage class of a claim or volume."""
    return annotations_of(obj).get(_OLD_CLASS) or (obj.get("spec") or {}).get("storageClassName") or ""


def waits_for_pod(claim: Object, cluster: Cluster) -> bool:
    """Is the claim to be bound only once a pod that uses it is scheduled?"""
    found = cluster.find(CLASSES, "", class_name(claim))
    return found is not None and found.get("volumeBindingMode") == WAIT


def requested_size(claim: Object) -> Quantity:
    """How much storage the claim wants."""
    return Quantity.of((((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}).get("storage"))


def capacity(volume: Object) -> Quantity:
    """How much storage the volume has."""
    return Quantity.of(((volume.get("spec") or {}).get("capacity") or {}).get("storage"))


def is_for(volume: Object, claim: Object) -> bool:
    """Is the volume reserved for this claim?"""
    reference = (volume.get("spec") or {}).get("claimRef")
    if reference is None:
        return False
    same = (reference.get("namespace"), reference.get("name")) == (namespace_of(claim), name_of(claim))
    return same and (reference.get("uid") or "") in ("", claim["metadata"].get("uid"))


def suits(volume: Object, claim: Object) -> bool:
    """Could the claim be bound to the volume, wherever the pod runs?"""
    spec, wanted = volume.get("spec") or {}, claim.get("spec") or {}
    if volume["metadata"].get("deletionTimestamp") or class_name(volume) != class_name(claim):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if (spec.get("volumeAttributesClassName") or "") != (wanted.get("volumeAttributesClassName") or ""):
        return False
    if capacity(volume) < requested_size(claim):
        return False
    if is_for(volume, claim):
        return True
    if spec.get("claimRef") is not None or (volume.get("status") or {}).get("phase") != "Available":
        return False
    selector = wanted.get("selector")
    if selector is not None and not selector_of(selector).matches(labels_of(volume)):
        return False
    return set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
