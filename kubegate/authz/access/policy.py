"""One AccessPolicy, compiled: does it apply to a user, does it cover a request?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from kubegate.api.names import Object, name_of
from kubegate.api.user import User
from kubegate.authz.access.collections import ALL, is_about, meets
from kubegate.authz.access.model import AccessPolicySpec, AccessRule
from kubegate.authz.access.patterns import any_of, glob
from kubegate.authz.access.rule import CompiledRule
from kubegate.authz.access.subjects import matcher
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.rules import RoleTable, Rule, full_resource
from kubegate.authz.webhook.wire import spec_of
from kubegate.errors import Unavailable


class Condition(Protocol):
    """A compiled ``when`` expression."""

    def matches(self, spec: Object) -> bool:
        """Evaluate over the spec of a SubjectAccessReview; raises `Unavailable` if it cannot be."""
        ...


class CompiledPolicy:
    """A policy as the authorizer uses it."""

    def __init__(self, obj: Object, spec: AccessPolicySpec, compile_condition: Callable[[str], Condition]) -> None:
        self.object = obj
        self.name = name_of(obj)
        self.spec = spec
        self.denies = spec.effect == "Deny"
        self.conditions = tuple(map(compile_condition, spec.when))
        self._namespaces = tuple(map(glob, spec.namespaces))
        self._subjects = tuple(map(matcher, spec.subjects))
        self._exceptions = tuple(map(matcher, spec.exceptSubjects))
        # Names are judged by `CompiledRule`: patterns and exact names together.
        self._table = RoleTable(rule.model_dump(include=_RBAC_FIELDS) for rule in spec.rules)
        self._rules = tuple(CompiledRule(rule, denies=self.denies) for rule in spec.rules)

    def applies_to(self, user: User) -> bool:
        """Is the user meant, and not excepted?"""
        return any(matches(user) for matches in self._subjects) and not any(matches(user) for matches in self._exceptions)

    def in_force(self, now: datetime) -> bool:
        """Is it time?"""
        before, after = self.spec.notBefore, self.spec.notAfter
        return (before is None or before <= now) and (after is None or now < after)

    def holds_in(self, namespace: str) -> bool:
        """Is the policy about a namespace ("": the cluster's scope)?"""
        return not self._namespaces or any_of(self._namespaces, namespace)

    @property
    def conditional(self) -> bool:
        """Does it depend on more than a list of rules can say?"""
        return len(self.unconditional_rules) < len(self.spec.rules)

    @property
    def unconditional_rules(self) -> list[AccessRule]:
        """The rules that a list of rules can say."""
        return [
            rule
            for rule in (() if self.conditions else self.spec.rules)
            if not (rule.resourceNamePatterns or rule.labelSelector is not None or rule.fieldSelector)
        ]

    def covering_rule(self, attributes: Attributes) -> int | None:
        """The index of the first rule that covers the request, or None."""
        if attributes.is_resource and not self._reaches(attributes):
            return None
        for rule in self._about(attributes):
            if not attributes.is_resource or self._rules[rule.index].covers(attributes):
                return rule.index
        return None

    def _reaches(self, attributes: Attributes) -> bool:
        """Is it about the place?"""
        if self.denies and self.spec.namespaces:
            return meets(attributes, self.spec.namespaces, self.holds_in)
        return self.holds_in(attributes.namespace)

    def _about(self, attributes: Attributes) -> Iterator[Rule]:
        """The rules with the verb, the group and the resource, or the path. A Deny of some is met by questions about all."""
        if not attributes.is_resource:
            found = self._table.for_path(attributes.path)
        elif self.denies and attributes.resource == ALL:
            found = (rule for rule in self._table.rules if rule.source["resources"])
        else:
            found = self._table.for_resource(full_resource(attributes), attributes.subresource)
        for rule in found:
            if is_about(rule, attributes) if self.denies else self._allows(rule, attributes):
                yield rule

    def _allows(self, rule: Rule, attributes: Attributes) -> bool:
        if not attributes.is_resource:
            return rule.allows_verb(attributes.verb)
        return rule.allows_resource(attributes.verb, attributes.group, "")

    def shortfalls(self, attributes: Attributes) -> Iterator[tuple[int, list[str]]]:
        """The rules whose verbs, groups and resources are those of the request, each with what leaves it out."""
        if not attributes.is_resource:
            return
        elsewhere = [] if self.holds_in(attributes.namespace) else ["namespace"]
        for rule in self._about(attributes):
            yield rule.index, elsewhere + self._rules[rule.index].shortfalls(attributes)

    def unmet(self, attributes: Attributes) -> tuple[bool, str]:
        """(do the conditions fail?, what went wrong). One that is false settles it, wherever it stands; else one that cannot
        be evaluated does not allow, and does deny."""
        spec, errors = spec_of(attributes) if self.conditions else {}, []
        for condition in self.conditions:
            try:
                if not condition.matches(spec):
                    return True, ""
            except Unavailable as error:
                errors.append(f"AccessPolicy {self.name}: {error.message}")
        return bool(errors) and not self.denies, "; ".join(errors)


_RBAC_FIELDS = {"verbs", "apiGroups", "resources", "nonResourceURLs"}
