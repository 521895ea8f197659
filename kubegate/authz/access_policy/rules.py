"""A rule of an AccessPolicy, compiled: RBAC's rule, narrowed by namespaces, name patterns and selectors.

Whether a rule matches depends on its effect where a request can only be judged in part. An Allow must be sure: the request's
selectors must select no more than the rule's. A Deny must not be evaded: it matches unless the request's selectors select
nothing of what the rule's do.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.authz.access_policy.model import RuleSpec
from kubegate.authz.access_policy.patterns import matches
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.authz.rbac.rules import RoleTable
from kubegate.selectors import fields
from kubegate.selectors.implication import implies, satisfiable
from kubegate.selectors.label_selector import from_object
from kubegate.selectors.requirement import LabelSelector, Operator, Requirement

_OPERATORS = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
}


class CompiledRule:
    """One rule; ``deny`` says in which direction to be careful."""

    def __init__(self, spec: RuleSpec, *, deny: bool) -> None:
        self._deny = deny
        self._names = tuple(spec.resourceNames)
        self._namespaces = tuple(spec.namespaces)
        rule = {"verbs": spec.verbs, "apiGroups": spec.apiGroups, "resources": spec.resources}
        self._table = RoleTable([rule if spec.resources else {"verbs": spec.verbs, "nonResourceURLs": spec.nonResourceURLs}])
        self._labels = from_object(spec.labelSelector) if spec.labelSelector is not None else None
        self._fields = _field_selector(spec.fieldSelector) if spec.fieldSelector else None

    def matches(self, attributes: Attributes) -> bool:
        """Is the request one of those that the rule is about?"""
        if self._table.find(attributes) is None:
            return False
        if not attributes.is_resource:
            return True
        if self._namespaces and not any(matches(pattern, attributes.namespace) for pattern in self._namespaces):
            return False
        if self._names and not any(matches(pattern, attributes.name) for pattern in self._names):
            return False
        return self._selects(self._labels, attributes.label_requirements) and self._selects(
            self._fields, attributes.field_requirements
        )

    def _selects(self, wanted: LabelSelector | None, asked: Sequence[SelectorRequirement] | None) -> bool:
        if wanted is None:
            return True
        narrow = LabelSelector(_requirement(row) for row in asked or ())
        if self._deny:
            return satisfiable(LabelSelector((*narrow.requirements, *wanted.requirements)))
        return implies(narrow, wanted)


def _requirement(row: SelectorRequirement) -> Requirement:
    return Requirement(row.key, _OPERATORS[row.operator], row.values)


def _field_selector(text: str) -> LabelSelector:
    """A field selector with the same meaning as a label selector over the fields."""
    rows = fields.parse(text).requirements
    return LabelSelector(
        Requirement(row.field, Operator.IN if row.operator == "=" else Operator.NOT_IN, (row.value,)) for row in rows
    )
