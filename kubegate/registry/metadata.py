"""Validation of ``metadata``: the same for every kind but for the rule of names.

Source: apimachinery ``pkg/api/validation`` (object metadata) and ``pkg/apis/meta/v1/validation`` (labels).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required, too_long
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.registry.validation.names import NameRule, dns_label_name, label_value, qualified_name

IMMUTABLE = "field is immutable"
NEGATIVE = "must be greater than or equal to 0"
ANNOTATIONS_LIMIT = 256 * 1024
_OPERATIONS = ("Apply", "Update")
_MANAGER_LIMIT = 128
_SUBRESOURCE_LIMIT = 256


def validate_metadata(meta: Object, namespaced: bool, name_rule: NameRule, path: str = "metadata") -> list[FieldError]:
    """Metadata of a new object, after its name was generated."""
    errors: list[FieldError] = []
    prefix, name = meta.get("generateName") or "", meta.get("name") or ""
    if prefix:
        errors += [invalid(f"{path}.generateName", prefix, text) for text in name_rule(prefix, True)]
    if not name:
        errors.append(required(f"{path}.name", "name or generateName is required"))
    else:
        errors += [invalid(f"{path}.name", name, text) for text in name_rule(name, False)]
    namespace = meta.get("namespace") or ""
    if namespaced and not namespace:
        errors.append(required(f"{path}.namespace"))
    elif namespaced:
        errors += [invalid(f"{path}.namespace", namespace, text) for text in dns_label_name(namespace, False)]
    elif namespace:
        errors.append(forbidden(f"{path}.namespace", "not allowed on this type"))
    if (meta.get("generation") or 0) < 0:
        errors.append(invalid(f"{path}.generation", meta["generation"], NEGATIVE))
    return errors + _validate_common(meta, path, with_finalizers=True)


def validate_metadata_update(meta: Object, old: Object, path: str = "metadata") -> list[FieldError]:
    """Metadata of a changed object against what it was."""
    errors: list[FieldError] = []
    if old.get("deletionTimestamp"):
        added = sorted(set(meta.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if added:
            shown = "[]string{" + ", ".join(map(quote, added)) + "}"
            text = f"no new finalizers can be added if the object is being deleted, found new finalizers {shown}"
            errors.append(forbidden(f"{path}.finalizers", text))
    if not meta.get("resourceVersion"):
        errors.append(invalid(f"{path}.resourceVersion", "", "must be specified for an update"))
    if (meta.get("generation") or 0) < (old.get("generation") or 0):
        errors.append(invalid(f"{path}.generation", meta.get("generation") or 0, "must not be decremented"))
    for key in ("name", "namespace", "uid"):
        if (meta.get(key) or "") != (old.get(key) or ""):
            errors.append(invalid(f"{path}.{key}", meta.get(key) or "", IMMUTABLE))
    for key in ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if meta.get(key) != old.get(key):
            errors.append(invalid(f"{path}.{key}", meta.get(key), IMMUTABLE))
    return errors + _validate_common(meta, path, with_finalizers=False)


def _validate_common(meta: Object, path: str, *, with_finalizers: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if labels := meta.get("labels"):
        validate_labels(labels, f"{path}.labels", errors)
    if annotations := meta.get("annotations"):
        validate_annotations(annotations, f"{path}.annotations", errors)
    if owners := meta.get("ownerReferences"):
        _validate_owners(owners, f"{path}.ownerReferences", errors)
    if with_finalizers and (finalizers := meta.get("finalizers")):
        validate_finalizers(finalizers, f"{path}.finalizers", errors)
    if managed := meta.get("managedFields"):
        _validate_managed_fields(managed, f"{path}.managedFields", errors)
    return errors


def validate_labels(labels: dict[str, str], path: str, errors: list[FieldError]) -> None:
    """Keys and values of labels (also of ``matchLabels``, ``nodeSelector`` ...)."""
    for key, value in labels.items():
        errors += [invalid(path, key, text) for text in qualified_name(key)]
        errors += [invalid(path, value, text) for text in label_value(value or "")]


def validate_annotations(annotations: dict[str, str], path: str, errors: list[FieldError]) -> None:
    """Keys of annotations, in any case, and the size of all."""
    size = 0
    for key, value in annotations.items():
        errors += [invalid(path, key, text) for text in qualified_name(key.lower())]
        size += _length(key) + _length(value or "")
    if size > ANNOTATIONS_LIMIT:
        errors.append(too_long(path, ANNOTATIONS_LIMIT))


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def validate_finalizers(finalizers: list[str], path: str, errors: list[FieldError]) -> None:
    """Finalizers of any object: qualified names, not both of the deletion policies."""
    for finalizer in finalizers:
        errors += [invalid(path, finalizer, text) for text in qualified_name(finalizer)]
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        errors.append(invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"))


def _validate_owners(owners: list[Object], path: str, errors: list[FieldError]) -> None:
    controller = ""
    for owner in owners:
        _validate_owner(owner, path, errors)
        if owner.get("controller"):
            current = f"{owner.get('kind', '')}/{owner.get('name', '')}"
            if controller:
                text = (
                    'Only one reference can have Controller set to true. Found "true" in references for '
                    f"{controller} and {current}"
                )
                errors.append(invalid(path, owners, text))
            else:
                controller = current


def _validate_owner(owner: Object, path: str, errors: list[FieldError]) -> None:
    api_version, kind = owner.get("apiVersion") or "", owner.get("kind") or ""
    if not api_version.rpartition("/")[2] or api_version.count("/") > 1:
        errors.append(invalid(f"{path}.apiVersion", api_version, "version must not be empty"))
    for key in ("kind", "name", "uid"):
        if not owner.get(key):
            errors.append(invalid(f"{path}.{key}", "", "must not be empty"))
    if (api_version, kind) == ("v1", "Event"):
        errors.append(invalid(path, _owner_shown(owner), "/v1, Kind=Event is disallowed from being an owner"))


def _owner_shown(owner: Object) -> dict[str, Any]:
    shown: dict[str, Any] = {key: owner.get(key, "") for key in ("apiVersion", "kind", "name", "uid")}
    shown |= {key: owner[key] for key in ("controller", "blockOwnerDeletion") if owner.get(key) is not None}
    return shown


def _validate_managed_fields(entries: list[Object], path: str, errors: list[FieldError]) -> None:
    for index, entry in enumerate(entries):
        place = f"{path}[{index}]"
        operation = entry.get("operation") or ""
        if operation not in _OPERATIONS:
            errors.append(invalid(f"{place}.operation", operation, "must be `Apply` or `Update`"))
        if entry.get("fieldsType") not in (None, "", "FieldsV1"):
            errors.append(invalid(f"{place}.fieldsType", entry["fieldsType"], "must be `FieldsV1`"))
        if _length(entry.get("manager") or "") > _MANAGER_LIMIT:
            errors.append(too_long(f"{place}.manager", _MANAGER_LIMIT))
        if _length(entry.get("subresource") or "") > _SUBRESOURCE_LIMIT:
            errors.append(too_long(f"{place}.subresource", _SUBRESOURCE_LIMIT))


def validate_conditions(conditions: list[Object], path: str, errors: list[FieldError]) -> None:
    """``metav1.Condition`` lists in a status."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        place, kind = f"{path}[{index}]", condition.get("type") or ""
        if kind in seen:
            errors.append(FieldError("FieldValueDuplicate", f"{place}.type", "", kind))
        seen.add(kind)
        errors += [invalid(f"{place}.type", kind, text) for text in qualified_name(kind)]
        if condition.get("status") not in ("True", "False", "Unknown"):
            errors.append(not_supported(f"{place}.status", condition.get("status") or "", ["False", "True", "Unknown"]))
        if (condition.get("observedGeneration") or 0) < 0:
            text = "must be greater than or equal to zero"
            errors.append(invalid(f"{place}.observedGeneration", condition["observedGeneration"], text))
        if not condition.get("lastTransitionTime"):
            errors.append(required(f"{place}.lastTransitionTime", "must be set"))
        if not condition.get("reason"):
            errors.append(required(f"{place}.reason", "must be set"))
