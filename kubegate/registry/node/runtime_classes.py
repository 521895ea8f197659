"""Runtime classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.pods.affinity import check_tolerations
from kubegate.registry.core.pods.defaults import round_up_resources
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE, validate_labels
from kubegate.registry.validation.basics import check_name
from kubegate.registry.validation.names import dns1123_label
from kubegate.registry.validation.resources import check_requirements


def _default(obj: Object) -> None:
    round_up_resources((obj.get("overhead") or {}).get("podFixed"))


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    handler = obj.get("handler") or ""
    if not handler:
        errors.append(required("handler"))
    else:
        check_name(errors, "handler", handler, dns1123_label)
    overhead = obj.get("overhead")
    if overhead is not None:
        check_requirements(errors, "overhead", {"limits": overhead.get("podFixed") or {}})
    scheduling = obj.get("scheduling")
    if scheduling is not None:
        validate_labels(scheduling.get("nodeSelector") or {}, "scheduling.nodeSelector", errors)
        _check_tolerations(errors, "scheduling.tolerations", scheduling.get("tolerations") or [])
    return errors


def _check_tolerations(errors: list[FieldError], path: str, tolerations: list[Object]) -> None:
    """As for pods, and none may stand twice."""
    for index, toleration in enumerate(tolerations):
        found: list[FieldError] = []
        check_tolerations(found, path, [toleration])
        errors += [replace(error, field=error.field.replace("[0]", f"[{index}]", 1)) for error in found]
        if toleration in tolerations[:index]:
            errors.append(duplicate(f"{path}[{index}]", _shown(toleration)))


def _shown(toleration: Object) -> dict[str, Any]:
    shown: dict[str, Any] = {key.title(): toleration.get(key) or "" for key in ("key", "operator", "value", "effect")}
    return {**shown, "TolerationSeconds": toleration.get("tolerationSeconds")}


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    if (obj.get("handler") or "") != (old.get("handler") or ""):
        return [invalid("handler", obj.get("handler") or "", IMMUTABLE)]
    return []


RUNTIME_CLASS = Strategy(
    resource="runtimeclasses.node.k8s.io",
    namespaced=False,
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
