"""Resource rules: operations, groups, versions, resources with subresources, scope.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/predicates/rules``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.admission.interface import Review
from kubegate.api.names import GroupVersionResource

_NAMESPACES = GroupVersionResource("", "v1", "namespaces")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, compiled. ``names`` is empty if any name will do."""

    operations: frozenset[str]
    groups: frozenset[str]
    versions: frozenset[str]
    resources: frozenset[tuple[str, str]]
    scope: str
    names: frozenset[str]

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Rule:
        """Compile a ``RuleWithOperations`` (or one with ``resourceNames``)."""
        pairs = (resource.partition("/") for resource in rule.get("resources") or ())
        return cls(
            frozenset(rule.get("operations") or ()),
            frozenset(rule.get("apiGroups") or ()),
            frozenset(rule.get("apiVersions") or ()),
            frozenset((resource, sub) for resource, _, sub in pairs),
            rule.get("scope") or "*",
            frozenset(rule.get("resourceNames") or ()),
        )

    def matches(self, review: Review, resource: GroupVersionResource) -> bool:
        """Whether the rule is about the request, seen as one for ``resource``; names do not count here."""
        return (
            _has(self.operations, review.operation.value)
            and _has(self.groups, resource.group)
            and _has(self.versions, resource.version)
            and self._has_resource(resource.resource, review.subresource)
            and self._has_scope(review, resource)
        )

    def _has_resource(self, name: str, subresource: str) -> bool:
        pairs = self.resources
        return (name, subresource) in pairs or ("*", subresource) in pairs or (name, "*") in pairs or ("*", "*") in pairs

    def _has_scope(self, review: Review, resource: GroupVersionResource) -> bool:
        if self.scope == "*":
            return True
        # Namespaces are cluster-scoped, though a request about one is in it.
        in_cluster = resource == _NAMESPACES or not review.namespace
        return in_cluster if self.scope == "Cluster" else not in_cluster

    @property
    def resource_names(self) -> frozenset[str]:
        """The resources that the rule names, ``*`` among them."""
        return frozenset(resource for resource, _ in self.resources)


def _has(values: frozenset[str], value: str) -> bool:
    return "*" in values or value in values


def compile_rules(rules: Iterable[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """The rules of a list, which may be absent."""
    return tuple(Rule.of(rule) for rule in rules or ())
