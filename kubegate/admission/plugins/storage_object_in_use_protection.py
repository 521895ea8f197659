"""StorageObjectInUseProtection: volumes, claims and volume attributes classes get a finalizer that keeps them while in use.

Source: kubernetes ``plugin/pkg/admission/storage/storageobjectinuseprotection``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.api.names import metadata
from kubegate.api.status import Status

FINALIZERS = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection:
    """Adds the finalizer on creation."""

    def mutate(self, review: Review) -> Status | None:
        if review.operation is not Operation.CREATE or review.subresource or review.object is None:
            return None
        finalizer = FINALIZERS.get(review.resource.qualified)
        if finalizer is None:
            return None
        meta = metadata(review.object)
        present = meta.get("finalizers") or []
        if finalizer not in present:
            meta["finalizers"] = [*present, finalizer]
        return None


def _build(environment: Environment, configuration: Any) -> StorageObjectInUseProtection:
    return StorageObjectInUseProtection()


PLUGIN = Plugin("StorageObjectInUseProtection", _build, on_by_default=True)
