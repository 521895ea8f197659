"""The words of an ALLOW: which binding, role and rule it was, and where they stand.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go`` (the describers of the reason).
"""

from __future__ import annotations

from kubegate.authz.interface import Decision, Determinant, Locate, Places, Verdict, nowhere
from kubegate.authz.rbac.bindings import Binding
from kubegate.authz.rbac.rules import Rule
from kubegate.errors import Location


def allowed_by(rule: Rule, binding: Binding, position: int, locate: Locate) -> Verdict:
    """The verdict where the subject at ``position`` of the binding is the asker."""
    role = binding.role
    stood = role.object  # None if it was removed while the decision was made

    def places() -> tuple[Location, ...]:
        of_role = locate(stood, f"rules[{rule.index}]") if stood is not None else None
        found = locate(binding.object, f"subjects[{position}]"), of_role
        return tuple(place for place in found if place is not None)

    own = f"{binding.namespace}/{binding.name}" if binding.namespace else binding.name
    determinant = Determinant(
        "RBAC",
        f"{binding.kind} {own} -> {role.id.kind}/{role.id.name}, rule {rule.index}",
        () if locate is nowhere else Places(places),
        (
            ("binding", {"kind": binding.kind, "namespace": binding.namespace, "name": binding.name}),
            ("role", {"kind": role.id.kind, "namespace": role.id.namespace, "name": role.id.name}),
            ("subject", binding.subjects[position]),
            ("ruleIndex", rule.index),
            ("rule", rule.source),
        ),
    )
    return Verdict(Decision.ALLOW, f"RBAC: allowed by {binding.describe(position)}", determinant)
