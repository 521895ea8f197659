"""Namespaces."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object, metadata, name_of
from kubegate.registry.core.finalizers import check_core_finalizers, check_known_finalizer
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.names import dns_label_name, qualified_name

_NAME_LABEL = "kubernetes.io/metadata.name"
_FINALIZER = "kubernetes"


def _default(namespace: Object) -> None:
    namespace.setdefault("spec", {})
    status = namespace.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"
    if name := name_of(namespace):
        meta = metadata(namespace)
        labels = meta.get("labels")
        if labels is None:
            labels = meta["labels"] = {}
        labels[_NAME_LABEL] = name


def _prepare(namespace: Object, context: WriteContext) -> None:
    spec = namespace.setdefault("spec", {})
    finalizers = list(spec.get("finalizers") or ())
    if _FINALIZER not in finalizers:
        finalizers.append(_FINALIZER)
    spec["finalizers"] = finalizers
    namespace["status"] = {"phase": "Active"}


def _check_finalizer(errors: list[FieldError], path: str, name: str) -> None:
    errors += [invalid(path, name, text) for text in qualified_name(name)]
    check_known_finalizer(errors, path, name)


def _validate(namespace: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, namespace)
    for name in (namespace.get("spec") or {}).get("finalizers") or ():
        _check_finalizer(errors, "spec.finalizers", name)
    return errors


def _prepare_update(namespace: Object, old: Object, context: WriteContext) -> None:
    spec, finalizers = namespace.setdefault("spec", {}), (old.get("spec") or {}).get("finalizers")
    if finalizers:
        spec["finalizers"] = finalizers
    else:
        spec.pop("finalizers", None)


def _validate_update(namespace: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, namespace)
    return errors


def _validate_status(namespace: Object, old: Object, context: WriteContext) -> list[FieldError]:
    phase = (namespace.get("status") or {}).get("phase") or ""
    deleted = bool(metadata(namespace).get("deletionTimestamp"))
    wanted = "Terminating" if deleted else "Active"
    if phase == wanted:
        return []
    state = "not empty" if deleted else "empty"
    return [invalid("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` is {state}")]


def _validate_finalize(namespace: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, name in enumerate((namespace.get("spec") or {}).get("finalizers") or ()):
        _check_finalizer(errors, f"spec.finalizers[{index}]", name)
    return errors


NAMESPACE = Strategy(
    resource="namespaces",
    namespaced=False,
    name=dns_label_name,
    has_status=True,
    default=_default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=_prepare_update,
    validate_update=_validate_update,
    subresources={
        "status": Subresource(validate=_validate_status),
        "finalize": Subresource(fields=("spec",), validate=_validate_finalize),
    },
)
