"""Claims that pods use, volumes that claims use, and attribute classes that either uses stay until they are free
(``persistentvolumeclaim-protection-controller``, ``persistentvolume-protection-controller``,
``volumeattributesclass-protection-controller``).

Source: kubernetes ``pkg/controller/volume/{pvcprotection,pvprotection,vacprotection}``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

from kubegate.api.names import Object, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import deleting, phase
from kubegate.store.interface import Event

_CLAIM_FINALIZER, _VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"
_CLASS_FINALIZER = "kubernetes.io/vac-protection"
_CLASSES = "volumeattributesclasses.storage.k8s.io"


def with_finalizer(obj: Object, name: str, *, wanted: bool) -> Object | None:
    """The object with or without a finalizer; None if it is so already."""
    held = obj["metadata"].get("finalizers") or []
    if (name in held) == wanted:
        return None
    changed = copy.deepcopy(obj)
    changed["metadata"]["finalizers"] = [*held, name] if wanted else [other for other in held if other != name]
    return changed


def claims_of(pod: Object) -> Iterator[str]:
    """The names of the claims of a pod's volumes."""
    for volume in (pod.get("spec") or {}).get("volumes") or ():
        if claim := volume.get("persistentVolumeClaim"):
            yield claim["claimName"]
        elif volume.get("ephemeral"):
            yield f"{name_of(pod)}-{volume['name']}"


class Claims:
    """The reconciler of claims."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        claim = self._context.get("persistentvolumeclaims", work.namespace, work.name)
        if claim is None or (deleting(claim) and self._used(work)):
            return
        changed = with_finalizer(claim, _CLAIM_FINALIZER, wanted=not deleting(claim))
        if changed is not None:
            path = f"/api/v1/namespaces/{work.namespace}/persistentvolumeclaims/{work.name}"
            self._context.client.update(path, changed)

    def _used(self, work: Work) -> bool:
        """Does a pod that has a node (others are not started with such a claim) and has not ended use the claim?"""
        return any(
            (pod.get("spec") or {}).get("nodeName") and phase(pod) not in ("Succeeded", "Failed")
            for pod in self._context.list("pods", work.namespace)
            if work.name in claims_of(pod)
        )


class Volumes:
    """The reconciler of volumes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        volume = self._context.get("persistentvolumes", "", work.name)
        if volume is None or (deleting(volume) and phase(volume) == "Bound"):
            return
        changed = with_finalizer(volume, _VOLUME_FINALIZER, wanted=not deleting(volume))
        if changed is not None:
            self._context.client.update(f"/api/v1/persistentvolumes/{work.name}", changed)


class AttributesClasses:
    """The reconciler of classes of volume attributes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(_CLASSES, "", work.name)
        if found is None or (deleting(found) and self._used(work.name)):
            return
        changed = with_finalizer(found, _CLASS_FINALIZER, wanted=not deleting(found))
        if changed is not None:
            self._context.client.update(f"/apis/storage.k8s.io/v1/volumeattributesclasses/{work.name}", changed)

    def _used(self, name: str) -> bool:
        users = (
            user for resource in ("persistentvolumeclaims", "persistentvolumes") for user in self._context.list(resource)
        )
        return any(name in classes_of(user) for user in users)


def classes_of(user: Object) -> set[str]:
    """The classes of attributes that a volume or a claim has, wants, or is on its way to."""
    spec, status = user.get("spec") or {}, user.get("status") or {}
    target = (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName")
    names = (spec.get("volumeAttributesClassName"), status.get("currentVolumeAttributesClassName"), target)
    return {name for name in names if name}


def _used_classes(event: Event) -> Iterable[Work]:
    users = [stored.object for stored in (event.stored, event.previous) if stored is not None]
    return [Work("", name) for name in sorted(set().union(*map(classes_of, users)))]


def _used_claims(event: Event) -> Iterable[Work]:
    return [Work(event.stored.key.namespace, claim) for claim in claims_of(event.stored.object)]


CLAIMS = Controller(
    "persistentvolumeclaim-protection-controller",
    "pvc-protection-controller",
    (Source("persistentvolumeclaims"), Source("pods", _used_claims)),
    Claims,
)
VOLUMES = Controller(
    "persistentvolume-protection-controller", "pv-protection-controller", (Source("persistentvolumes"),), Volumes
)
CLASSES = Controller(
    "volumeattributesclass-protection-controller",
    "volumeattributesclass-protection-controller",
    (Source(_CLASSES), Source("persistentvolumeclaims", _used_classes), Source("persistentvolumes", _used_classes)),
    AttributesClasses,
)
