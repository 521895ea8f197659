"""The case to add to a suite so that it notices a mutant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubegate.analysis.mutation.witnesses.examples import Example
from kubegate.authz.interface import Decision


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``case``: YAML for the ``spec`` of the suite; it holds for the policy, and not for the mutant (both were tried).
    ``details``: the same for machines."""

    case: str
    details: dict[str, Any] = field(default_factory=dict)


def access_suggestion(example: Example, decision: Decision, mutated: Decision) -> Suggestion:
    """Of a request that the policy and the mutant decide differently."""
    # Cases of other suggestions may be about the same name in other groups.
    name = f"{example.user} in {' and '.join(example.groups)}" if example.groups else example.user
    who = f"user: '{name}', namespace: '{example.namespace}'"
    if Decision.ALLOW in (decision, mutated):
        verb = "can" if decision is Decision.ALLOW else "cannot"
        case = f"access: [{{{who}, {verb}: ['{example.request}']}}]"
    else:
        case = f"decisions: [{{{who}, request: '{example.request}', decision: {decision.value}}}]"
    if example.groups:
        groups = ", ".join(f"'{group}'" for group in example.groups)
        case = f"users: {{'{name}': {{name: '{example.user}', groups: [{groups}]}}}}\n{case}"
    details = {
        "user": example.user,
        "groups": list(example.groups),
        "namespace": example.namespace,
        "request": example.request,
        "decision": decision.value,
    }
    return Suggestion(case, details)
