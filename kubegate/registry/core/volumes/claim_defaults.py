"""Defaults of persistent volume claims (also of those inside pods and stateful sets)."""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.registry.validation.basics import quantity


def default_claim_spec(spec: Object) -> None:
    """Defaults of the specification of a claim."""
    if not spec.get("volumeMode"):
        spec["volumeMode"] = "Filesystem"
    resources = spec.get("resources")
    if resources is None:
        resources = spec["resources"] = {}
    for amounts in resources.values():
        if isinstance(amounts, dict):
            for name, value in amounts.items():
                amounts[name] = str(quantity(value))


def default_claim(claim: Object) -> None:
    """Defaults of a claim."""
    status = claim.get("status")
    if status is None:
        status = claim["status"] = {}
    if not status.get("phase"):
        status["phase"] = "Pending"
    default_claim_spec(claim.setdefault("spec", {}))
