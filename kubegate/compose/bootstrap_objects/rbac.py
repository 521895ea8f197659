"""The default RBAC objects, and how stored ones are brought up to date.

Source: ``pkg/registry/rbac/reconciliation``: what is missing is added where the object allows it by its annotation
``rbac.authorization.kubernetes.io/autoupdate``; what an administrator added stays.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object, annotations_of
from kubegate.bundle.bootstrap import rbac_objects

_AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"


def objects() -> list[Object]:
    """The rules of aggregated roles are not here: the controller that aggregates fills them in."""
    return [{**obj, "rules": None} if obj.get("aggregationRule") else obj for obj in rbac_objects()]


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """The stored object with what it lacks of the wanted one; None if it lacks nothing or may not be changed."""
    if annotations_of(stored).get(_AUTOUPDATE) != "true":
        return None
    changed = dict(stored)
    for field in ("rules", "subjects"):
        missing = [entry for entry in wanted.get(field) or () if not _covered(entry, stored.get(field) or [])]
        if missing and not wanted.get("aggregationRule"):
            changed[field] = [*(stored.get(field) or []), *missing]
    meta = dict(stored["metadata"])
    for field in ("labels", "annotations"):
        held = meta.get(field) or {}
        absent = {key: value for key, value in (wanted["metadata"].get(field) or {}).items() if key not in held}
        if absent:
            meta[field] = {**held, **absent}
    changed["metadata"] = meta
    return changed if changed != stored else None


def _covered(entry: dict[str, Any], held: list[dict[str, Any]]) -> bool:
    """A rule is there if one stored rule has at least as much in every part; a subject if it stands there."""
    if "verbs" not in entry:
        return entry in held
    return any(
        all(set(values) <= set(rule.get(part) or ()) for part, values in entry.items() if isinstance(values, list))
        for rule in held
    )
