"""All mutants of the policies of a state: deterministic, in the order of the files.

Only what stands in a file is changed, not the default roles of a cluster; an aggregated ClusterRole is changed through the
roles that it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubegate.analysis.coverage.items import ACCESS, BINDINGS, POLICY, RBAC, ROLES
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.access_policies import condition_edits, policy_mutants
from kubegate.analysis.mutation.operators.admission_policies import admission_policy_edits, binding_edits
from kubegate.analysis.mutation.operators.authorizers import authorizer_edits
from kubegate.analysis.mutation.operators.bindings import Subject, binding_mutants
from kubegate.analysis.mutation.operators.budgets import limit_edits, quota_edits
from kubegate.analysis.mutation.operators.custom_kinds import definition_edits
from kubegate.analysis.mutation.operators.edit import Edit, value_at
from kubegate.analysis.mutation.operators.namespaces import namespace_edits
from kubegate.analysis.mutation.operators.params import param_edits, param_kinds, policies_of
from kubegate.analysis.mutation.operators.rules import rule_mutants
from kubegate.analysis.mutation.operators.webhooks import webhook_edits
from kubegate.analysis.mutation.patches.file_changes import change_of
from kubegate.api.names import Object, kind_of, name_of
from kubegate.bundle.state import ClusterState
from kubegate.errors import Location

REGISTRATION = "admissionregistration.k8s.io"
EXTENSIONS, DEFINITION = "apiextensions.k8s.io", "CustomResourceDefinition"
_Change = tuple[str, str, Object | None]
_EDITS: dict[tuple[str, str], Callable[[Object], Iterator[Edit]]] = {
    (ACCESS, POLICY): condition_edits,
    (REGISTRATION, "ValidatingAdmissionPolicy"): admission_policy_edits,
    (REGISTRATION, "MutatingAdmissionPolicy"): admission_policy_edits,
    ("", "Namespace"): namespace_edits,
    ("", "ResourceQuota"): quota_edits,
    ("", "LimitRange"): limit_edits,
    (REGISTRATION, "ValidatingWebhookConfiguration"): webhook_edits,
    (REGISTRATION, "MutatingWebhookConfiguration"): webhook_edits,
    (EXTENSIONS, DEFINITION): definition_edits,
}
WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
_POLICIES = {
    "ValidatingAdmissionPolicyBinding": "ValidatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding": "MutatingAdmissionPolicy",
}


def mutants(state: ClusterState) -> Iterator[Mutant]:
    """Every mutant of every role, binding, policy, param, webhook, custom kind, quota, limit and namespace that comes from a
    file."""
    own = [obj for obj in state if state.locate(obj) is not None]
    subjects = _subjects(own)
    namespaces, taken = state.namespaces(), param_kinds(state)

    def exists(kind: str, namespace: str, name: str) -> bool:
        return state.get(RBAC, kind, namespace, name) is not None

    for obj in own:
        group, _, kind = kind_of(obj)
        changes: Iterator[_Change] = iter(())
        if group == RBAC and kind in ROLES and not obj.get("aggregationRule"):
            changes = _role_mutants(obj)
        elif group == RBAC and kind in BINDINGS:
            changes = iter(list(binding_mutants(obj, subjects, namespaces, exists)))
        elif group == ACCESS and kind == POLICY:
            changes = policy_mutants(obj, subjects)
        for operator, path, mutated in changes:
            yield Mutant(operator, obj, mutated, state.locate(obj, path) or Location(), change_of(state, obj, mutated))
        yield from _of_edits(state, obj, _edits(state, obj, group, kind))
        if (group, kind) in taken and policies_of(state, obj):
            yield from _of_edits(state, obj, param_edits(obj))


def configuration_mutants(configuration: ClusterState) -> Iterator[Mutant]:
    """Every mutant of an AuthorizationConfiguration, read as a state of its own."""
    for obj in configuration:
        yield from _of_edits(configuration, obj, authorizer_edits(obj))


def _of_edits(state: ClusterState, obj: Object, edits: Iterator[Edit]) -> Iterator[Mutant]:
    for edit in edits:
        place = state.locate_text(obj, edit.path, edit.offset) or Location()
        yield Mutant(edit.operator, obj, edit.mutated, place, change_of(state, obj, edit.mutated, edit))


def _edits(state: ClusterState, obj: Object, group: str, kind: str) -> Iterator[Edit]:
    if group == REGISTRATION and kind in _POLICIES:
        return binding_edits(obj, _params(state, obj, _POLICIES[kind]))
    maker = _EDITS.get((group, kind))
    return maker(obj) if maker is not None else iter(())


def _params(state: ClusterState, binding: Object, kind: str) -> list[str]:
    """The names of the objects that a binding may give to its policy."""
    name = str(value_at(binding, ("spec", "policyName")) or "")
    param = value_at(state.get(REGISTRATION, kind, "", name), ("spec", "paramKind")) or {}
    group = str(param.get("apiVersion") or "").rpartition("/")[0]
    return [name_of(obj) for obj in state.of_kind(group, str(param.get("kind") or ""))]


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
