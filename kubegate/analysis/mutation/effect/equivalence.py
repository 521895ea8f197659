"""Mutants of admission that are proved to change nothing: of policies that nobody binds, of rules that others repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from kubegate.admission.pod_security.levels import MODES, Level, LevelVersion, Policy, namespace_policy
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.admission_policies import NOT_FOUND
from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, kind_of, labels_of, name_of
from kubegate.bundle.state import ClusterState

_GROUP = "admissionregistration.k8s.io"
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_RULES = ("resourceRules", "excludeResourceRules")


def decides_nothing(state: ClusterState, mutant: Mutant, catalog: Iterable[Resource]) -> bool:
    """Whether no request tells the mutant from the original, given the resources that are served; False where that cannot
    be proved."""
    group, _, kind = kind_of(mutant.target)
    if (group, kind) == ("", "Namespace"):
        return _same_levels(mutant)
    if group != _GROUP or kind.endswith("WebhookConfiguration"):
        return False
    if kind.endswith("Binding"):
        policy = str(value_at(mutant.target, ("spec", "policyName")) or "")
        bound = state.get(_GROUP, kind.removesuffix("Binding"), "", policy)
        if bound is None or (mutant.operator == NOT_FOUND and _param_is_there(state, mutant.target, bound)):
            return True
    elif not any(
        value_at(binding, ("spec", "policyName")) == name_of(mutant.target)
        for binding in state.of_kind(_GROUP, f"{kind}Binding")
    ):
        return True
    return mutant.mutated is not None and _match_alike(mutant.target, mutant.mutated, list(catalog))


def _same_levels(mutant: Mutant) -> bool:
    """Whether the labels of a namespace ask for the same Pod Security, whatever the default is."""
    defaults = [Policy(*(LevelVersion(level) for _ in MODES)) for level in Level]
    asked = [
        [namespace_policy(labels_of(obj or {}), given)[0] for given in defaults] for obj in (mutant.target, mutant.mutated)
    ]
    return asked[0] == asked[1]


def _param_is_there(state: ClusterState, binding: Object, policy: Object) -> bool:
    """Whether the param is named, whatever the request's namespace, and among the objects: it is always found."""
    kind, ref = value_at(policy, ("spec", "paramKind")) or {}, value_at(binding, ("spec", "paramRef")) or {}
    group = str(kind.get("apiVersion") or "").rpartition("/")[0]
    place = str(ref.get("namespace") or ""), str(ref.get("name") or "")
    return state.get(group, str(kind.get("kind") or ""), *place) is not None


def _match_alike(old: Object, new: Object, catalog: Iterable[Resource]) -> bool:
    """Whether the only difference is in rules that match the same requests."""
    field = "matchConstraints" if value_at(old, ("spec", "matchConstraints")) is not None else "matchResources"
    before, after = (value_at(obj, ("spec", field)) or {} for obj in (old, new))
    if _without(old["spec"], field) != _without(new["spec"], field) or _without(before, *_RULES) != _without(after, *_RULES):
        return False
    return all(_matched(before.get(name), catalog) == _matched(after.get(name), catalog) for name in _RULES)


def _without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: held for name, held in value.items() if name not in names}


def _matched(rules: Iterable[Mapping[str, Any]] | None, catalog: Iterable[Resource]) -> set[tuple[str, ...]]:
    """Every resource, subresource, operation and name that the rules match (no rules mean something else than some)."""
    found: set[tuple[str, ...]] = set()
    for rule in rules or ():
        found.add(("some",))
        operations = _OPERATIONS if "*" in rule.get("operations", ()) else rule.get("operations", ())
        served = [resource for resource in catalog if _is_of(rule, resource)]
        paths = [path for resource in served for path in _paths(rule, resource)]
        for path, operation, name in product(paths, operations, rule.get("resourceNames") or ("*",)):
            found.add((*path, operation, name))
    return found


def _is_of(rule: Mapping[str, Any], resource: Resource) -> bool:
    if (rule.get("scope") or "*") not in ("*", "Namespaced" if resource.namespaced else "Cluster"):
        return False
    gvr = resource.gvr
    wanted = (("apiGroups", gvr.group), ("apiVersions", gvr.version))
    return all("*" in rule.get(field, ()) or value in rule.get(field, ()) for field, value in wanted)


def _paths(rule: Mapping[str, Any], resource: Resource) -> Iterator[tuple[str, ...]]:
    """Of ``pods``, ``pods/*``, ``*/status``, ``*/*``: what they match of a resource."""
    gvr = resource.gvr
    for sub in ("", *resource.subresources):
        for pattern in rule.get("resources", ()):
            name, _, part = pattern.partition("/")
            if name in ("*", gvr.resource) and (part == sub or (part == "*")):
                yield gvr.group, gvr.version, gvr.resource, sub
