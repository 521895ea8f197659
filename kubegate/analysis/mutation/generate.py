"""All mutants of the policies of a state: deterministic, in the order of the files.

Only what stands in a file is changed, not the default roles of a cluster; an aggregated ClusterRole is changed through the
roles that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.coverage.items import ACCESS, BINDINGS, POLICY, RBAC, ROLES
from kubegate.analysis.mutation.bindings import Subject, binding_mutants
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.policies import policy_mutants
from kubegate.analysis.mutation.rules import rule_mutants
from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState
from kubegate.errors import Location

_Change = tuple[str, str, Object | None]


def mutants(state: ClusterState) -> Iterator[Mutant]:
    """Every mutant of every role, binding and AccessPolicy that comes from a file."""
    own = [obj for obj in state if state.locate(obj) is not None]
    subjects = _subjects(own)
    namespaces = state.namespaces()

    def exists(kind: str, namespace: str, name: str) -> bool:
        return state.get(RBAC, kind, namespace, name) is not None

    for obj in own:
        group = str(obj.get("apiVersion") or "").partition("/")[0]
        kind = obj.get("kind")
        changes: Iterator[_Change] = iter(())
        if group == RBAC and kind in ROLES and not obj.get("aggregationRule"):
            changes = _role_mutants(obj)
        elif group == RBAC and kind in BINDINGS:
            changes = iter(list(binding_mutants(obj, subjects, namespaces, exists)))
        elif group == ACCESS and kind == POLICY:
            changes = policy_mutants(obj, subjects)
        for operator, path, mutated in changes:
            yield Mutant(operator, obj, mutated, state.locate(obj, path) or Location())


def _role_mutants(obj: Object) -> Iterator[_Change]:
    for mutant in rule_mutants(obj.get("rules") or []):
        path = f"rules[{mutant.position}]" + (f".{mutant.part}" if mutant.part else "")
        yield mutant.operator, path, {**obj, "rules": mutant.rules}


def _subjects(objects: list[Object]) -> list[Subject]:
    """The subjects that the bindings name, each once. (Patterns of AccessPolicies are no subjects of anything else.)"""
    found: list[Subject] = []
    for obj in objects:
        if obj.get("kind") in BINDINGS:
            found += [subject for subject in obj.get("subjects") or [] if subject not in found]
    return found
