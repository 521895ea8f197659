"""What one subject is granted in one scope (the cluster, or a namespace).

Few roles are looked at one by one; many are merged, so that a subject with a thousand bindings in one scope is decided as
quickly as one with a single binding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from kubegate.authz.interface import Attributes, Verdict
from kubegate.authz.rbac.bindings import Binding, Role
from kubegate.authz.rbac.by_resource import Table
from kubegate.authz.rbac.rules import Rule, full_resource, resource_keys

MERGE_ABOVE = 3
"""More distinct roles than this in one scope are merged."""

MOST_VERDICTS = 64
"""More than these are not remembered: a role may have changed its rules often."""

_NOTHING: Mapping[Rule, Verdict] = {}

Hit = tuple[Rule, Binding]
_Flat = dict[tuple[str | None, str | None], dict[str | None, Hit]]
"""(verb, group) -> name -> what allows; None stands for ``*`` and for any name."""


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


class Holdings:
    """What one subject is granted, by scope.

    Most subjects have bindings in the cluster's scope and in one namespace at most: those stand here without a dictionary of
    their own, and so does the role if it is the only one there: following pointers through cold memory is what a decision
    among 100,000 bindings spends its time on.
    """

    __slots__ = ("cluster", "namespace", "others", "role", "scope", "verdicts")

    def __init__(
        self,
        cluster: Scope | None = None,
        namespace: str = "",
        scope: Scope | None = None,
        others: dict[str, Scope] | None = None,
    ) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.scope = scope  # that of `namespace`
        self.role = scope.only if scope else None
        # Of `scope`, by rule, where they do not depend on who else is named: making one costs more than deciding.
        self.verdicts: Mapping[Rule, Verdict] = _NOTHING
        self.others = others

    def get(self, namespace: str) -> Scope | None:
        """The scope of a namespace, or of the cluster (""); None if nothing is granted there."""
        if not namespace:
            return self.cluster
        if namespace == self.namespace:
            return self.scope
        return self.others.get(namespace) if self.others else None

    def changed(self, namespace: str, scope: Scope | None) -> Holdings:
        """What is held once a scope is put in its place, or (None) taken away.

        Readers take no lock: a name and its scope are never changed but replaced together, so that nobody takes one
        namespace's scope for another's. The dictionary of the others is shared, since it has its names in itself."""
        if not namespace:
            return Holdings(scope, self.namespace, self.scope, self.others)
        if namespace == self.namespace:
            return Holdings(self.cluster, namespace if scope else "", scope, self.others)
        if scope is None:
            if self.others:
                self.others.pop(namespace, None)
            return self
        if not self.namespace and not (self.others and namespace in self.others):
            return Holdings(self.cluster, namespace, scope, self.others)
        if self.others is None:
            return Holdings(self.cluster, self.namespace, self.scope, {namespace: scope})
        self.others[namespace] = scope
        return self

    def remember(self, rule: Rule, verdict: Verdict) -> None:
        """Keep a verdict of the scope's only binding. Those of rules that are no more are never asked for again."""
        old = self.verdicts if len(self.verdicts) < MOST_VERDICTS else _NOTHING
        self.verdicts = {**old, rule: verdict}

    @property
    def empty(self) -> bool:
        return self.cluster is None and self.scope is None and not self.others


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


class Merged:
    """The rules of many roles by resource and path; what a resource's rules say of verbs, groups and names is spread out
    when the resource is first asked for."""

    __slots__ = ("_flat", "_flat_paths", "_lengths", "_paths", "_prefixes", "_resources", "revision")

    def __init__(self, grants: tuple[tuple[Role, Binding], ...], revision: int) -> None:
        self.revision = revision
        self._resources: dict[str, list[Hit]] = {}
        self._paths: dict[str, list[Hit]] = {}
        self._prefixes: dict[str, list[Hit]] = {}
        self._flat: dict[str, _Flat] = {}
        for role, binding in grants:
            if role.table is None:
                continue
            for source, into in (
                (role.table.resources, self._resources),
                (role.table.paths, self._paths),
                (role.table.prefixes, self._prefixes),
            ):
                for key, rules in source.items():
                    into.setdefault(key, []).extend((rule, binding) for rule in rules)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._flat_paths: dict[tuple[bool, str], dict[str | None, Hit]] = {}

    def find_resource(self, attributes: Attributes) -> Hit | None:
        verb, group, name = attributes.verb, attributes.group, attributes.name
        for key in resource_keys(full_resource(attributes), attributes.subresource):
            if key not in self._resources:
                continue
            flat = self._flat.get(key)
            if flat is None:
                flat = self._flat[key] = _spread(self._resources[key])
            for pair in ((verb, group), (None, group), (verb, None), (None, None)):
                names = flat.get(pair)
                if names is not None:
                    hit = names.get(None) or names.get(name)
                    if hit is not None:
                        return hit
        return None

    def find_path(self, verb: str, path: str) -> Hit | None:
        hit = self._path(False, path, self._paths, verb)
        for length in self._lengths:
            if hit is not None:
                break
            hit = self._path(True, path[:length], self._prefixes, verb)
        return hit

    def _path(self, prefix: bool, key: str, table: dict[str, list[Hit]], verb: str) -> Hit | None:
        if key not in table:
            return None
        verbs = self._flat_paths.get((prefix, key))
        if verbs is None:
            verbs = self._flat_paths[prefix, key] = {}
            for hit in table[key]:
                for each in hit[0].verbs if hit[0].verbs is not None else (None,):
                    verbs.setdefault(each, hit)
        return verbs.get(verb) or verbs.get(None)


def _spread(hits: list[Hit]) -> _Flat:
    flat: _Flat = {}
    for hit in hits:
        rule = hit[0]
        names = rule.names if rule.names is not None else (None,)
        for verb in rule.verbs if rule.verbs is not None else (None,):
            for group in rule.groups if rule.groups is not None else (None,):
                by_name = flat.setdefault((verb, group), {})
                for name in names:
                    by_name.setdefault(name, hit)
    return flat


def _by_name(binding: Binding) -> str:
    return binding.name
