"""What may change in a pod: images, the deadline, more tolerations, fewer scheduling gates, labels and annotations."""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.pods.affinity import check_tolerations
from kubegate.registry.core.pods.annotations import check_annotation_changes
from kubegate.registry.core.pods.spec import MAX_INT32
from kubegate.registry.validation.basics import between, same
from kubegate.registry.validation.shown import map_shown

_TERMS = "requiredDuringSchedulingIgnoredDuringExecution"
_FROZEN = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def validate_pod_update(errors: list[FieldError], pod: Object, old: Object) -> None:
    """Complain about changes that a pod does not allow."""
    spec, before = pod.get("spec") or {}, old.get("spec") or {}
    check_annotation_changes(errors, "metadata.annotations", pod, old)
    for key in ("containers", "initContainers"):
        if not _check_containers(errors, f"spec.{key}", spec.get(key) or [], before.get(key) or []):
            return
    if not _check_deadline(errors, spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")):
        return
    _check_tolerations(errors, spec, before)
    _check_gates(errors, spec, before)
    if same(spec, before):
        return
    munged = _with_allowed_changes_undone(errors, spec, before)
    if not same(munged, before):
        errors.append(forbidden("spec", f"{_FROZEN}\n{_difference(munged, before)}"))


def _check_containers(errors: list[FieldError], path: str, containers: list[Object], old: list[Object]) -> bool:
    if len(containers) != len(old):
        errors.append(forbidden(path, "pod updates may not add or remove containers"))
        return False
    for index, container in enumerate(containers):
        image = container.get("image") or ""
        if not image:
            errors.append(required(f"{path}[{index}].image"))
        if image.strip() != image:
            text = "must not have leading or trailing whitespace"
            errors.append(invalid(f"{path}[{index}].image", image, text))
    return True


def _check_deadline(errors: list[FieldError], seconds: int | None, old: int | None) -> bool:
    path = "spec.activeDeadlineSeconds"
    if seconds is None:
        if old is not None:
            errors.append(invalid(path, None, "must not update from a positive integer to nil value"))
        return True
    if not 0 <= seconds <= MAX_INT32:
        errors.append(invalid(path, seconds, between(0, MAX_INT32)))
        return False
    if old is not None and old < seconds:
        errors.append(invalid(path, seconds, "must be less than or equal to previous value"))
        return False
    return True


def _check_tolerations(errors: list[FieldError], spec: Object, old: Object) -> None:
    tolerations = spec.get("tolerations") or []
    kept = [_without(toleration, "tolerationSeconds") for toleration in tolerations]
    for toleration in old.get("tolerations") or ():
        if _without(toleration, "tolerationSeconds") not in kept:
            text = "existing toleration can not be modified except its tolerationSeconds"
            errors.append(forbidden("spec.tolerations", text))
            return
    check_tolerations(errors, "spec.tolerations", tolerations)


def _without(obj: Object, key: str) -> Object:
    return {name: value for name, value in obj.items() if name != key and value not in (None, "")}


def _check_gates(errors: list[FieldError], spec: Object, old: Object) -> None:
    known = {gate.get("name") for gate in old.get("schedulingGates") or ()}
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        if gate.get("name") not in known:
            text = f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'"
            errors.append(forbidden(f"spec.schedulingGates[{index}].name", text))


def _with_allowed_changes_undone(errors: list[FieldError], spec: Object, old: Object) -> Object:
    munged = dict(spec)
    for key in ("containers", "initContainers"):
        if spec.get(key):
            pairs = zip(spec[key], old[key], strict=True)
            munged[key] = [{**container, "image": before.get("image")} for container, before in pairs]
    for key in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        munged[key] = old.get(key)
    grace = "terminationGracePeriodSeconds"
    if (old.get(grace) or 0) < 0 and spec.get(grace) == 1:
        munged[grace] = old[grace]
    if old.get("schedulingGates"):
        _undo_selector(errors, munged, old)
        _undo_node_affinity(errors, munged, old)
    return {key: value for key, value in munged.items() if value is not None}


def _undo_selector(errors: list[FieldError], munged: Object, old: Object) -> None:
    new, before = munged.get("nodeSelector") or {}, old.get("nodeSelector") or {}
    if new == before:
        return
    if any(new.get(key) != value for key, value in before.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        errors.append(invalid("spec.nodeSelector", map_shown(munged.get("nodeSelector")), text))
    munged["nodeSelector"] = old.get("nodeSelector")


def _undo_node_affinity(errors: list[FieldError], munged: Object, old: Object) -> None:
    affinity, before = munged.get("affinity"), old.get("affinity")
    new_node, old_node = (affinity or {}).get("nodeAffinity"), (before or {}).get("nodeAffinity")
    if same(new_node, old_node) and (new_node is None) == (old_node is None):
        return
    _check_node_affinity(errors, new_node, old_node)
    rest = {key: value for key, value in (affinity or {}).items() if key != "nodeAffinity"}
    if old_node is not None:
        rest["nodeAffinity"] = old_node
    munged["affinity"] = rest if rest or before is not None else None


def _check_node_affinity(errors: list[FieldError], new: Object | None, old: Object | None) -> None:
    if old is None or old.get(_TERMS) is None:
        return
    path = f"spec.affinity.nodeAffinity.{_TERMS}.nodeSelectorTerms"
    before: list[Object] = old[_TERMS].get("nodeSelectorTerms") or []
    after: list[Object] = ((new or {}).get(_TERMS) or {}).get("nodeSelectorTerms") or []
    if before and len(before) != len(after):
        text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        errors.append(invalid(path, [_term_shown(term) for term in after] or None, text))
        return
    for index, (term, old_term) in enumerate(zip(after, before, strict=False)):
        if not _only_added(term, old_term):
            text = "only additions are allowed (no mutations or deletions)"
            errors.append(invalid(f"{path}[{index}]", _term_shown(term), text))


def _only_added(term: Object, old: Object) -> bool:
    keys = ("matchExpressions", "matchFields")
    if not any(old.get(key) for key in keys):
        return not any(term.get(key) for key in keys)
    return all((term.get(key) or [])[: len(old.get(key) or [])] == (old.get(key) or []) for key in keys)


def _term_shown(term: Object) -> dict[str, Any]:
    def requirements(key: str) -> list[dict[str, Any]] | None:
        listed = term.get(key)
        if listed is None:
            return None
        return [
            {"Key": item.get("key") or "", "Operator": item.get("operator") or "", "Values": item.get("values")}
            for item in listed
        ]

    return {"MatchExpressions": requirements("matchExpressions"), "MatchFields": requirements("matchFields")}


def _difference(new: Object, old: Object) -> str:
    """Which fields differ: the server prints its structures here, which have no counterpart."""
    keys = sorted(key for key in set(new) | set(old) if not same(new.get(key), old.get(key)))
    return "@@ -1 +1 @@ changed: " + ", ".join(keys)
