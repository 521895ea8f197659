"""Volume claims: their number and the storage they request, in all and by storage class.

Source: kubernetes ``pkg/quota/v1/evaluator/core/persistent_volume_claims.go``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from kubegate.admission.interface import Operation, Review
from kubegate.admission.plugins.default_storage_class import CLASS_ANNOTATION
from kubegate.admission.quota.amounts import ONE, Amounts
from kubegate.admission.quota.evaluator import count_name
from kubegate.admission.quota.scopes import Scope, matches_claim
from kubegate.api.names import Object, annotations_of
from kubegate.api.quantity import Quantity

COUNT = count_name("persistentvolumeclaims")
_NAMES = ("persistentvolumeclaims", "requests.storage")
_BY_CLASS = ".storageclass.storage.k8s.io/"


class Claims:
    """Measures PersistentVolumeClaims."""

    def handles(self, review: Review) -> bool:
        return review.operation in (Operation.CREATE, Operation.UPDATE) and not review.subresource

    def usage(self, obj: Object, now: datetime) -> Amounts:
        usage = {"persistentvolumeclaims": ONE, COUNT: ONE}
        storage = _storage(obj)
        if storage is not None:
            usage["requests.storage"] = storage
        annotated = annotations_of(obj).get(CLASS_ANNOTATION)
        name = (obj.get("spec") or {}).get("storageClassName") if annotated is None else annotated
        if name:
            usage |= {f"{name}{_BY_CLASS}{resource}": usage[resource] for resource in _NAMES if resource in usage}
        return usage

    def matching(self, names: Collection[str]) -> list[str]:
        suffixes = tuple(_BY_CLASS + name for name in _NAMES)
        return [name for name in names if name == COUNT or name in _NAMES or name.endswith(suffixes)]

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        return matches_claim(scope, obj)

    def complaint(self, names: Collection[str], obj: Object) -> str:
        return ""


def _storage(claim: Object) -> Quantity | None:
    """What is requested, or what is allocated already if that is more (a failed expansion was taken back)."""
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        return None
    requested = Quantity.of(requests["storage"])
    allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    return requested if allocated is None else max(requested, Quantity.of(allocated))
