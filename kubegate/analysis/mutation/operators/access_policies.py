"""Mutants of AccessPolicies: a Deny that is gone, an exception, a condition or a limit to namespaces that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubegate.analysis.mutation.operators.admission_policies import text_edits
from kubegate.analysis.mutation.operators.bindings import Subject, other_subject
from kubegate.analysis.mutation.operators.edit import Edit
from kubegate.analysis.mutation.operators.rules import rule_mutants
from kubegate.api.names import Object


def policy_mutants(obj: Object, subjects: Sequence[Subject]) -> Iterator[tuple[str, str, Object | None]]:
    """(operator, path, mutated)."""
    spec: dict[str, Any] = obj.get("spec") or {}

    def with_field(field: str, value: Any) -> Object:
        kept = {key: old for key, old in spec.items() if key != field}
        return {**obj, "spec": {**spec, field: value} if value else kept}

    if spec.get("effect") == "Deny":
        yield "deny removed", "", None
    for mutant in rule_mutants(spec.get("rules") or []):
        path = f"spec.rules[{mutant.position}]" + (f".{mutant.part}" if mutant.part else "")
        if mutant.rules:
            yield mutant.operator, path, with_field("rules", mutant.rules)
        elif spec.get("effect") != "Deny":
            yield mutant.operator, path, None
    own = spec.get("subjects") or []
    for index in range(len(own)):
        changed = [*own[:index], other_subject(own, subjects), *own[index + 1 :]]
        yield "subject swapped", f"spec.subjects[{index}]", with_field("subjects", changed)
    for field, operator in (("exceptSubjects", "exception dropped"), ("when", "condition dropped")):
        values = spec.get(field) or []
        for index in range(len(values)):
            yield operator, f"spec.{field}[{index}]", with_field(field, [*values[:index], *values[index + 1 :]])
    if spec.get("namespaces"):
        yield "namespaces dropped", "spec.namespaces", with_field("namespaces", [])


def condition_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of the expressions under ``when``."""
    for index in range(len((obj.get("spec") or {}).get("when") or [])):
        yield from text_edits(obj, ("spec", "when", index))
