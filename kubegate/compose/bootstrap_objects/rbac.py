"""The default RBAC objects, and how stored ones are brought up to date at each start.

What is missing is added, unless the annotation ``rbac.authorization.kubernetes.io/autoupdate`` of the object is ``"false"``;
what an administrator added stays. Source: k8s.io/component-helpers ``auth/rbac/reconciliation``, kubernetes
``pkg/registry/rbac/rest`` (EnsureRBACPolicy).
"""

from __future__ import annotations

from collections.abc import Callable

from kubegate.api.names import Object, annotations_of, name_of
from kubegate.authz.rule_cover import uncovered
from kubegate.bundle.bootstrap import rbac_objects

_AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
_SPLIT = {"system:public-info-viewer": "system:discovery"}
"""Bindings that were once part of another: whoever that one names is taken over when they are made."""

Stored = Callable[[str, str], Object | None]
"""(kind, name) -> the stored ClusterRole or ClusterRoleBinding, or None."""


def objects(stored: Stored = lambda kind, name: None) -> list[Object]:
    """What must be there. The rules of aggregated roles are not here: the controller that aggregates fills them in."""
    return [_split(_emptied(obj), stored) for obj in rbac_objects()]


def _emptied(obj: Object) -> Object:
    return {**obj, "rules": None} if obj.get("aggregationRule") else obj


def _split(obj: Object, stored: Stored) -> Object:
    source = _SPLIT.get(name_of(obj)) if obj["kind"] == "ClusterRoleBinding" else None
    old = stored("ClusterRoleBinding", source) if source is not None else None
    if old is None or stored("ClusterRoleBinding", name_of(obj)) is not None:
        return obj
    meta = {key: old["metadata"][key] for key in ("labels", "annotations") if old["metadata"].get(key)}
    return {**obj, "metadata": {"name": name_of(obj), **meta}, "subjects": old.get("subjects") or []}


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """The stored object with what it lacks of the wanted one; None if it lacks nothing or may not be changed. ``wanted``
    itself if it must take the place of the stored one: a binding of another role."""
    if annotations_of(stored).get(_AUTOUPDATE) == "false":
        return None
    changed = {**stored, "metadata": dict(stored["metadata"])}
    if "roleRef" in wanted:
        if stored.get("roleRef") != wanted["roleRef"]:
            return wanted
        _add(
            changed,
            "subjects",
            [subject for subject in wanted.get("subjects") or () if subject not in _list(stored, "subjects")],
        )
    else:
        # What is missing of a rule is added in its smallest parts.
        _add(changed, "rules", [atom.rule for atom in uncovered(_list(stored, "rules"), _list(wanted, "rules"))])
        _aggregate(changed, wanted)
    for field in ("labels", "annotations"):
        merged = {**(wanted["metadata"].get(field) or {}), **(stored["metadata"].get(field) or {})}
        if merged:
            changed["metadata"][field] = merged
    return changed if changed != stored else None


def _list(obj: Object, field: str) -> list[Object]:
    return obj.get(field) or []


def _add(obj: Object, field: str, missing: list[Object]) -> None:
    if missing:
        obj[field] = [*_list(obj, field), *missing]


def _aggregate(role: Object, wanted: Object) -> None:
    expected = wanted.get("aggregationRule")
    if not expected:
        role.pop("aggregationRule", None)
        return
    held = _list(role.get("aggregationRule") or {}, "clusterRoleSelectors")
    missing = [selector for selector in _list(expected, "clusterRoleSelectors") if selector not in held]
    if missing:
        role["aggregationRule"] = {"clusterRoleSelectors": [*held, *missing]}
