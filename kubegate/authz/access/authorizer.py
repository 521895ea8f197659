"""Decides by AccessPolicies: a matching Deny denies, else a matching Allow allows, else there is no opinion.

Subjects of policies with ``breakGlass`` are never denied. Loading proves it: a Deny that names such a subject refuses to
load; one that would reach it through a group is passed over when it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.access.index import AccessPolicyIndex
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.access.policy_set import CompileCondition, PolicySet, compile_policy, prove_break_glass
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, Locate, RuleList, Verdict, nowhere
from kubegate.errors import Location


def utc_now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


class AccessPolicyAuthorizer:
    """Policies from files, and those of ``index`` which come and go. Raises `InvalidInput` for wrong ones."""

    def __init__(
        self,
        objects: Iterable[Object],
        compile_condition: CompileCondition,
        *,
        locate: Locate = nowhere,
        now: Callable[[], datetime] = utc_now,
        index: AccessPolicyIndex | None = None,
    ) -> None:
        self._locate = locate
        self._now = now
        self._index = index
        self._compile = compile_condition
        found = [compile_policy(obj, compile_condition, locate) for obj in objects]
        prove_break_glass(found, locate)
        self._fixed = PolicySet.of(found)

    @property
    def policies(self) -> tuple[CompiledPolicy, ...]:
        """All policies that are in force now."""
        return tuple(policy for found in self._sets() for policy in found.policies)

    def covering(self, attributes: Attributes) -> Iterator[tuple[CompiledPolicy, int]]:
        """The policies in force, with their first rule, that are about what is asked, whoever asks; denials first."""
        now, found = self._now(), self.policies
        for policy in sorted(found, key=lambda policy: not policy.denies):
            rule = policy.covering_rule(attributes) if policy.in_force(now) else None
            if rule is not None:
                yield policy, rule

    def locate(self, obj: Object, path: str) -> Location | None:
        """Where a part of a policy stands."""
        return self._locate(obj, path)

    def check(self, obj: Object) -> None:
        """Raises `InvalidInput` for a policy that the index must not take: wrong alone, or beside those in force."""
        policy = compile_policy(obj, self._compile)
        live = self._index.current.policies if self._index is not None else ()
        prove_break_glass([*self._fixed.policies, *(other for other in live if other.name != policy.name), policy])

    def now(self) -> datetime:
        """The time that decides which policies are in force."""
        return self._now()

    def with_policies(self, changed: Mapping[str, Object]) -> AccessPolicyAuthorizer:
        """The same policies, some of them (by name) in another version."""
        objects = [changed.get(policy.name, policy.object) for policy in self.policies]
        return AccessPolicyAuthorizer(objects, self._compile, locate=self._locate, now=self._now)

    def _sets(self) -> tuple[PolicySet, ...]:
        return (self._fixed,) if self._index is None else (self._fixed, self._index.current)

    def authorize(self, attributes: Attributes) -> Verdict:
        """DENY or ALLOW with the policy's name, or NO_OPINION; ``errors`` are those of conditions."""
        now, errors, sets = self._now(), [], self._sets()
        saved = False
        for found in sets:
            # Files stand above the API: what they deny yields to the break-glass of files only.
            saved = saved or found.saves(attributes.user, now)
            for policy in () if saved else found.denials.may_concern(attributes.user):
                verdict, error = self._judge(policy, attributes, now)
                if error:
                    errors.append(error)
                if verdict is not None:
                    return verdict
        if not saved and self._index is not None and self._index.unreadable:
            names = ", ".join(map(quote, self._index.unreadable))
            return Verdict(Decision.DENY, f"AccessPolicy: denied, since {names} cannot be read")
        for found in sets:
            for policy in found.grants.may_concern(attributes.user):
                verdict, error = self._judge(policy, attributes, now)
                if error:
                    errors.append(error)
                if verdict is not None:
                    return verdict
        return Verdict(Decision.NO_OPINION, errors=tuple(errors)) if errors else NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """The rules of every Allow that holds for the user there; what denies, or depends on more than rules can say, is
        named among the errors."""
        now, resource, paths, errors = self._now(), [], [], []
        for policy in self.policies:
            if not (policy.applies_to(user) and policy.in_force(now) and policy.holds_in(namespace)):
                continue
            if policy.denies:
                errors.append(f"AccessPolicy {quote(policy.name)} denies some of it")
                continue
            if policy.conditional:
                errors.append(f"AccessPolicy {quote(policy.name)} allows more under conditions")
            for rule in policy.unconditional_rules:
                if rule.nonResourceURLs:
                    paths.append({"verbs": rule.verbs, "nonResourceURLs": rule.nonResourceURLs})
                else:
                    fields = {"verbs": rule.verbs, "apiGroups": rule.apiGroups, "resources": rule.resources}
                    resource.append(fields | ({"resourceNames": rule.resourceNames} if rule.resourceNames else {}))
        return RuleList(tuple(resource), tuple(paths), bool(errors), tuple(errors))

    def _judge(self, policy: CompiledPolicy, attributes: Attributes, now: datetime) -> tuple[Verdict | None, str]:
        if not policy.applies_to(attributes.user) or not policy.in_force(now):
            return None, ""
        rule = policy.covering_rule(attributes)
        if rule is None:
            return None, ""
        unmet, error = policy.unmet(attributes)
        if unmet:
            return None, error
        return self._verdict(policy, rule, error), error

    def _verdict(self, policy: CompiledPolicy, rule: int, error: str) -> Verdict:
        done = "denied" if policy.denies else "allowed"
        why = f": {policy.spec.reason}" if policy.spec.reason else ""
        place = self._locate(policy.object, f"spec.rules[{rule}]")
        determinant = Determinant(
            "AccessPolicy",
            f"AccessPolicy {policy.name} ({policy.spec.effect}), rule {rule}",
            (place,) if place else (),
            (("policy", policy.name), ("effect", policy.spec.effect), ("ruleIndex", rule)),
        )
        decision = Decision.DENY if policy.denies else Decision.ALLOW
        text = f"AccessPolicy: {done} by {quote(policy.name)}{why}"
        return Verdict(decision, text, determinant, (error,) if error else ())
