"""One AccessPolicy, compiled: does it apply to a user, does it cover a request?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from kubegate.api.names import Object, name_of
from kubegate.api.user import User, service_account_name, split_service_account
from kubegate.authz.access.collections import meets, of_many
from kubegate.authz.access.model import AccessPolicySpec, AccessRule, Subject
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.authz.rbac.rules import RoleTable, full_resource
from kubegate.authz.webhook.wire import spec_of
from kubegate.errors import Unavailable
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


class Condition(Protocol):
    """A compiled ``when`` expression."""

    def matches(self, spec: Object) -> bool:
        """Evaluate over the spec of a SubjectAccessReview; raises `Unavailable` if it cannot be."""
        ...


class CompiledRule:
    """What a rule says beyond RBAC: patterns of names, selectors.

    Of a request only its own selectors are known, not the objects that it will meet. An Allow must be sure: they must select
    no more than the rule's. A Deny must not be evaded: it holds unless they select nothing of what the rule's do, and for
    requests that name no object.
    """

    def __init__(self, rule: AccessRule, *, denies: bool) -> None:
        self.denies = denies
        self.names = frozenset(rule.resourceNames)
        self.patterns = tuple(map(glob, rule.resourceNamePatterns))
        self.labels = from_object(rule.labelSelector) if rule.labelSelector is not None else None
        self.fields = _field_selector(rule.fieldSelector) if rule.fieldSelector else None

    def covers(self, attributes: Attributes) -> bool:
        """Given that verb, group and resource match."""
        if self.names or self.patterns:
            name, all_of_them = attributes.name, self.denies and of_many(attributes)
            if not (all_of_them or name in self.names or any(pattern.fullmatch(name) for pattern in self.patterns)):
                return False
        return self._selects(self.labels, attributes.label_requirements) and self._selects(
            self.fields, attributes.field_requirements
        )

    def shortfalls(self, attributes: Attributes) -> list[str]:
        """The fields of an Allow that leave the request out."""
        name = attributes.name
        named = name in self.names or any(pattern.fullmatch(name) for pattern in self.patterns)
        found = ["name"] if (self.names or self.patterns) and not named else []
        found += [] if self._selects(self.labels, attributes.label_requirements) else ["labelSelector"]
        return found + ([] if self._selects(self.fields, attributes.field_requirements) else ["fieldSelector"])

    def _selects(self, wanted: LabelSelector | None, requirements: Iterable[SelectorRequirement] | None) -> bool:
        if wanted is None:
            return True
        asked = _selector(requirements)
        if self.denies:
            return satisfiable(LabelSelector((*asked.requirements, *wanted.requirements)))
        return implies(asked, wanted)


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
        return not self._namespaces or any(pattern.fullmatch(namespace) for pattern in self._namespaces)

    @property
    def conditional(self) -> bool:
        """Does it depend on more than a list of rules can say?"""
        rules = self.spec.rules
        return bool(self.conditions) or any(
            rule.resourceNamePatterns or rule.labelSelector is not None or rule.fieldSelector for rule in rules
        )

    def covering_rule(self, attributes: Attributes) -> int | None:
        """The index of the first rule that covers the request, or None."""
        if not attributes.is_resource:
            found = (rule.index for rule in self._table.for_path(attributes.path) if rule.allows_verb(attributes.verb))
            return next(found, None)
        if not self.holds_in(attributes.namespace) and not (
            self.denies and meets(attributes, self.spec.namespaces, self.holds_in)
        ):
            return None
        for rule in self._table.for_resource(full_resource(attributes), attributes.subresource):
            if rule.allows_resource(attributes.verb, attributes.group, "") and self._rules[rule.index].covers(attributes):
                return rule.index
        return None

    def shortfalls(self, attributes: Attributes) -> Iterator[tuple[int, list[str]]]:
        """The rules whose verbs, groups and resources are those of the request, each with what leaves it out."""
        if not attributes.is_resource:
            return
        elsewhere = [] if self.holds_in(attributes.namespace) else ["namespace"]
        for rule in self._table.for_resource(full_resource(attributes), attributes.subresource):
            if rule.allows_resource(attributes.verb, attributes.group, ""):
                yield rule.index, elsewhere + self._rules[rule.index].shortfalls(attributes)

    def unmet(self, attributes: Attributes) -> tuple[bool, str]:
        """(do the conditions fail?, what went wrong). A condition that cannot be evaluated does not allow, and does deny."""
        spec = spec_of(attributes) if self.conditions else {}
        for condition in self.conditions:
            try:
                if not condition.matches(spec):
                    return True, ""
            except Unavailable as error:
                return not self.denies, f"AccessPolicy {self.name}: {error.message}"
        return False, ""


_RBAC_FIELDS = {"verbs", "apiGroups", "resources", "nonResourceURLs"}


def glob(pattern: str) -> re.Pattern[str]:
    """``*`` stands for any text."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def matcher(subject: Subject) -> Callable[[User], bool]:
    """Is a user the subject, or in the group?"""
    name, namespace = glob(subject.name), glob(subject.namespace)
    if subject.kind == "Group":
        return lambda user: any(name.fullmatch(group) for group in user.groups)
    if subject.kind == "User":
        return lambda user: name.fullmatch(user.name) is not None

    def is_account(user: User) -> bool:
        account = split_service_account(user.name)
        return account is not None and bool(namespace.fullmatch(account[0]) and name.fullmatch(account[1]))

    return is_account


def as_user(subject: Subject) -> User:
    """A user that is the subject, and nothing else."""
    if subject.kind == "Group":
        return User("", groups=(subject.name,))
    if subject.kind == "ServiceAccount":
        return User(service_account_name(subject.namespace, subject.name))
    return User(subject.name)


def _selector(requirements: Iterable[SelectorRequirement] | None) -> LabelSelector:
    return LabelSelector(Requirement(part.key, _OPERATORS[part.operator], part.values) for part in requirements or ())


def _field_selector(text: str) -> LabelSelector:
    """A field selector as a label selector over the fields."""
    return LabelSelector(
        Requirement(part.field, Operator.IN if part.operator == "=" else Operator.NOT_IN, (part.value,))
        for part in fields.parse(text).requirements
    )
