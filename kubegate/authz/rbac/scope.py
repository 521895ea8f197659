"""What one subject is granted in one scope (the cluster, or a namespace).

Few roles are looked at one by one; many are merged, so that a subject with a thousand bindings in one scope is decided as
quickly as one with a single binding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, Role
from kubegate.authz.rbac.by_resource import Table
from kubegate.authz.rbac.merged import Hit, Merged
from kubegate.authz.rbac.rules import Rule

MERGE_ABOVE = 3
"""More distinct roles than this in one scope are merged."""


class Scope:
    """The bindings of a subject in a scope, ordered by name; of several to the same role the first counts."""

    __slots__ = ("_grants", "_merged", "bindings", "only")

    def __init__(self, bindings: tuple[Binding, ...]) -> None:
        self.bindings = bindings
        self.only = bindings[0].role if len(bindings) == 1 else None
        self._grants: tuple[tuple[Role, Binding], ...] = ()
        self._merged: Merged | None = None

    @property
    def grants(self) -> tuple[tuple[Role, Binding], ...]:
        """Each role with its first binding; found out when first asked, so that loading many bindings stays quick."""
        if not self._grants:
            by_role: dict[Role, Binding] = {}
            for binding in self.bindings:
                by_role.setdefault(binding.role, binding)
            self._grants = tuple(by_role.items())
        return self._grants

    def with_binding(self, binding: Binding) -> Scope:
        """This scope with one more binding, or with it in place of the one of its name."""
        old = self.bindings
        at = bisect_left(old, binding.name, key=_by_name)
        after = at + 1 if at < len(old) and old[at].name == binding.name else at
        return Scope((*old[:at], binding, *old[after:]))

    def without(self, binding: Binding) -> Scope | None:
        """This scope without a binding; None if it was the last."""
        old = self.bindings
        at = bisect_left(old, binding.name, key=_by_name)
        if at < len(old) and old[at].name == binding.name:
            return Scope((*old[:at], *old[at + 1 :])) if len(old) > 1 else None
        return self

    def find_resource(self, attributes: Attributes, tables: Iterable[Table], revision: int) -> Hit | None:
        """The first rule that allows; ``tables`` are those of the resource, ``revision`` is that of all roles."""
        grants = self._grants or self.grants
        if len(grants) > MERGE_ABOVE:
            return self._merge(revision).find_resource(attributes)
        for role, binding in grants:
            for table in tables:
                rules = table.get(role)
                if rules is not None and (rule := first_rule(rules, attributes)) is not None:
                    return rule, binding
        return None

    def find_path(self, verb: str, path: str, revision: int) -> Hit | None:
        """The first rule that allows a non-resource request."""
        if len(self.grants) > MERGE_ABOVE:
            return self._merge(revision).find_path(verb, path)
        for role, binding in self.grants:
            if role.table is not None:
                for rule in role.table.for_path(path):
                    if rule.allows_verb(verb):
                        return rule, binding
        return None

    def missing(self) -> list[str]:
        """What bindings refer to in vain."""
        return [role.id.missing() for role, _ in self.grants if role.table is None]

    def _merge(self, revision: int) -> Merged:
        merged = self._merged
        if merged is None or merged.revision != revision:
            merged = self._merged = Merged(self.grants, revision)
        return merged


def first_rule(rules: Iterable[Rule], attributes: Attributes) -> Rule | None:
    """The first of the rules of a resource that allows."""
    verb, group, name = attributes.verb, attributes.group, attributes.name
    for rule in rules:
        # `Rule.allows_resource`, written out: a call costs as much as the comparison.
        if (
            ((verbs := rule.verbs) is None or verb in verbs)
            and ((groups := rule.groups) is None or group in groups)
            and ((names := rule.names) is None or name in names)
        ):
            return rule
    return None


def _by_name(binding: Binding) -> str:
    return binding.name
