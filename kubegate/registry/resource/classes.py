"""Device classes.

Source: ``pkg/apis/resource/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.resource.names import check_items
from kubegate.registry.resource.requests import check_configuration, check_selectors
from kubegate.registry.validation.resources import is_extended

_LIMIT = 32


def _default(obj: Object) -> None:
    obj.setdefault("spec", {})


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    check_selectors(errors, "spec.selectors", spec.get("selectors") or [])
    check_items(errors, "spec.config", spec.get("config") or [], _LIMIT, check_configuration)
    name = spec.get("extendedResourceName")
    if name is not None and not is_extended(name):
        errors.append(invalid("spec.extendedResourceName", name, "must be a valid extended resource name"))
    return errors


DEVICE_CLASS = Strategy(
    resource="deviceclasses.resource.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda obj, old, context: _validate(obj, context),
)
