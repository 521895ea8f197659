"""Validation of the specification of persistent volume claims."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.metadata import validate_annotations, validate_labels
from kubegate.registry.validation.basics import NOT_POSITIVE, check_name, check_required, check_set, quantity
from kubegate.registry.validation.names import dns1123_subdomain, dns_label_name
from kubegate.registry.validation.resources import check_quantity
from kubegate.registry.validation.selectors import check_label_selector

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
_NOT_THE_DEFAULT_GROUP = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"


def check_access_modes(errors: list[FieldError], path: str, modes: list[str]) -> None:
    """Complain about unknown modes, and about ReadWriteOncePod beside others."""
    for mode in modes:
        if mode not in ACCESS_MODES:
            errors.append(not_supported(path, mode, ACCESS_MODES))
    known = {mode for mode in modes if mode in ACCESS_MODES}
    if "ReadWriteOncePod" in known and len(known) > 1:
        errors.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))


def check_claim_spec(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about the specification of a claim."""
    modes = spec.get("accessModes") or []
    if not modes:
        errors.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    check_label_selector(errors, f"{path}.selector", spec.get("selector"))
    check_access_modes(errors, f"{path}.accessModes", modes)
    _check_storage(errors, f"{path}.resources[storage]", spec)
    if spec.get("storageClassName"):
        check_name(errors, f"{path}.storageClassName", spec["storageClassName"], dns1123_subdomain)
    if spec.get("volumeMode") is not None:
        check_set(errors, f"{path}.volumeMode", spec["volumeMode"], VOLUME_MODES)
    _check_data_sources(errors, path, spec)
    if spec.get("volumeAttributesClassName"):
        check_name(errors, f"{path}.volumeAttributesClassName", spec["volumeAttributesClassName"], dns1123_subdomain)


def _check_storage(errors: list[FieldError], path: str, spec: Object) -> None:
    amount = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if amount is None:
        errors.append(required(path))
    elif quantity(amount).mantissa <= 0:
        errors.append(invalid(path, str(quantity(amount)), NOT_POSITIVE))
    else:
        check_quantity(errors, path, "storage", amount)


def _check_data_sources(errors: list[FieldError], path: str, spec: Object) -> None:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    for key, value in (("dataSource", source), ("dataSourceRef", reference)):
        if value is None:
            continue
        place, group = f"{path}.{key}", value.get("apiGroup") or ""
        check_required(errors, place, value, "name", "kind")
        if not group and value.get("kind") != "PersistentVolumeClaim":
            errors.append(invalid(place, value.get("kind") or "", _NOT_THE_DEFAULT_GROUP))
        if group:
            check_name(errors, f"{place}.apiGroup", group, dns1123_subdomain)
        if key == "dataSourceRef" and value.get("namespace"):
            errors += [
                invalid(f"{place}.namespace", value["namespace"], text) for text in dns_label_name(value["namespace"], False)
            ]
    if source is None or reference is None:
        return
    shown: dict[str, str] = {}  # the server shows a path here, which has no public fields
    if reference.get("namespace"):
        errors.append(invalid(path, shown, "may not be specified when dataSourceRef.namespace is specified"))
    elif any(source.get(key) != reference.get(key) for key in ("apiGroup", "kind", "name")):
        errors.append(invalid(path, shown, "must match dataSourceRef"))


def check_claim_template(errors: list[FieldError], path: str, template: Object) -> None:
    """Complain about the template of a claim inside a pod: of its metadata only labels and annotations may be set."""
    meta = template.get("metadata") or {}
    validate_annotations(meta.get("annotations") or {}, f"{path}.metadata.annotations", errors)
    validate_labels(meta.get("labels") or {}, f"{path}.metadata.labels", errors)
    for key in (
        "name",
        "generateName",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "ownerReferences",
        "finalizers",
    ):
        if meta.get(key):
            shown = {"uid": "uID"}.get(key, key)
            errors.append(forbidden(f"{path}.metadata.{shown}", "cannot be set"))
    check_claim_spec(errors, f"{path}.spec", template.get("spec") or {})
