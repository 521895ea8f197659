"""The conditions of a certificate signing request: Approved, Denied and Failed are decisions that stay.

Source: ``pkg/apis/certificates/validation`` and ``pkg/registry/certificates``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.registry.validation.basics import same

_DECIDED = ("Approved", "Denied", "Failed")
_PATH = "status.conditions"


def conditions_of(csr: Object) -> list[Object]:
    """The conditions in the status."""
    return (csr.get("status") or {}).get("conditions") or []


def check_conditions(errors: list[FieldError], conditions: list[Object]) -> None:
    """Complain about conditions without type or status, decisions that are not True, types that occur twice, and about
    Approved beside Denied."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        path, kind, status = f"{_PATH}[{index}]", condition.get("type") or "", condition.get("status") or ""
        if not kind:
            errors.append(required(f"{path}.type"))
        allowed = ["True"] if kind in _DECIDED else ["False", "True", "Unknown"]
        if not status:
            errors.append(required(f"{path}.status"))
        elif status not in allowed:
            errors.append(not_supported(f"{path}.status", status, allowed))
        if kind in seen:
            errors.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        if kind in ("Approved", "Denied") and {"Approved", "Denied"} <= seen:
            text = "Approved and Denied conditions are mutually exclusive"
            errors.append(invalid(_PATH, kind, text))


def check_kept(errors: list[FieldError], csr: Object, old: Object) -> None:
    """Complain about decisions that are gone."""
    for kind in _DECIDED:
        if len(_of_kind(csr, kind)) < len(_of_kind(old, kind)):
            errors.append(forbidden(_PATH, f"updates may not remove a condition of type {quote(kind)}"))


def check_undecided(errors: list[FieldError], csr: Object, old: Object) -> None:
    """Complain about approvals and denials that appear or change: only the approval subresource decides."""
    for kind in ("Approved", "Denied"):
        new, before = _of_kind(csr, kind), _of_kind(old, kind)
        if len(new) > len(before):
            errors.append(forbidden(_PATH, f"updates may not add a condition of type {quote(kind)}"))
        elif len(new) == len(before) and not same(new, before):
            errors.append(forbidden(_PATH, f"updates may not modify a condition of type {quote(kind)}\n@@ -1 +1 @@"))


def _of_kind(csr: Object, kind: str) -> list[Object]:
    return [condition for condition in conditions_of(csr) if condition.get("type") == kind]


def stamp(csr: Object, old: Object, timestamp: str) -> None:
    """Give conditions without times those of their last change: ``timestamp`` if they are new."""
    for condition in conditions_of(csr):
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = timestamp
        if not condition.get("lastTransitionTime"):
            held = [c for c in _of_kind(old, condition.get("type") or "") if c.get("status") == condition.get("status")]
            kept = held[0].get("lastTransitionTime") if held else None
            condition["lastTransitionTime"] = kept or timestamp
