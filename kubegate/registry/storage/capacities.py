"""How much can be provisioned where.

Source: ``pkg/apis/storage/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name, quantity, same
from kubegate.registry.validation.names import dns1123_subdomain
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.shown import selector_shown


def _validate_capacity(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_label_selector(errors, "nodeTopology", obj.get("nodeTopology"))
    check_name(errors, "storageClassName", obj.get("storageClassName") or "", dns1123_subdomain)
    if obj.get("capacity") is not None and quantity(obj["capacity"]).mantissa < 0:
        text = "must be greater than or equal to 0"
        errors.append(invalid("capacity", str(quantity(obj["capacity"])), text))
    return errors


def _validate_capacity_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_capacity(obj, context)
    if not same(obj.get("nodeTopology"), old.get("nodeTopology")):
        errors.append(invalid("nodeTopology", selector_shown(obj.get("nodeTopology")), IMMUTABLE))
    check_immutable(errors, "storageClassName", obj.get("storageClassName"), old.get("storageClassName"))
    return errors


def _default_capacity(obj: Object) -> None:
    for key in ("capacity", "maximumVolumeSize"):
        if obj.get(key) is not None:
            obj[key] = str(quantity(obj[key]))


CSI_STORAGE_CAPACITY = Strategy(
    resource="csistoragecapacities.storage.k8s.io",
    default=_default_capacity,
    validate=_validate_capacity,
    validate_update=_validate_capacity_update,
)
