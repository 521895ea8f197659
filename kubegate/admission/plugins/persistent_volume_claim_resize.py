"""PersistentVolumeClaimResize: a claim grows only if it is bound and its storage class allows expansion.

Source: kubernetes ``plugin/pkg/admission/storage/persistentvolume/resize``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.plugins.default_storage_class import CLASS_ANNOTATION
from kubegate.admission.rejections import forbidden
from kubegate.api.names import annotations_of
from kubegate.api.quantity import Quantity
from kubegate.api.status import Status


class PersistentVolumeClaimResize:
    """Judges updates that ask for more storage."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def validate(self, review: Review) -> Status | None:
        if not review.is_for("persistentvolumeclaims", Operation.UPDATE):
            return None
        new, old = review.object or {}, review.old_object or {}
        if _requested(new) <= _requested(old):
            return None
        if (old.get("status") or {}).get("phase") != "Bound":
            return forbidden(review, "Only bound persistent volume claims can be expanded")
        if not self._expandable(_class_of(new), _class_of(old)):
            return forbidden(
                review,
                "only dynamically provisioned pvc can be resized "
                "and the storageclass that provisions the pvc must support resize",
            )
        return None

    def _expandable(self, new_class: str, old_class: str) -> bool:
        if not new_class or new_class != old_class:
            return False
        found = self._cluster.get("storageclasses.storage.k8s.io", "", new_class)
        return bool(found and found.get("allowVolumeExpansion"))


def _requested(claim: dict[str, Any]) -> Quantity:
    resources = (claim.get("spec") or {}).get("resources") or {}
    return Quantity.of((resources.get("requests") or {}).get("storage"))


def _class_of(claim: dict[str, Any]) -> str:
    annotated = annotations_of(claim).get(CLASS_ANNOTATION)
    return annotated if annotated is not None else (claim.get("spec") or {}).get("storageClassName") or ""


def _build(environment: Environment, configuration: Any) -> PersistentVolumeClaimResize:
    return PersistentVolumeClaimResize(environment.cluster)


PLUGIN = Plugin("PersistentVolumeClaimResize", _build, on_by_default=True)
