"""Decides by AccessPolicies: a matching Deny denies, else a matching Allow allows, else there is no opinion.

Subjects of policies with ``breakGlass`` are never denied. Loading proves it: a Deny that names such a subject refuses to
load; one that would reach it through a group is passed over when it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from kubegate.api.go import quote
from kubegate.api.names import Object, name_of
from kubegate.api.user import User
from kubegate.authz.access.model import Locate, read_policy
from kubegate.authz.access.policy import CompiledPolicy, Condition, as_user, matcher
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, RuleList, Verdict
from kubegate.errors import InvalidInput, Location


def _nowhere(obj: Object, path: str) -> Location | None:
    return None


def _now() -> datetime:
    return datetime.now(UTC)


class AccessPolicyAuthorizer:
    """``compile_condition`` makes a condition of a CEL expression; it raises an `errors.KubegateError` for a wrong one."""

    def __init__(
        self,
        objects: Iterable[Object],
        compile_condition: Callable[[str], Condition],
        *,
        locate: Locate = _nowhere,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._locate = locate
        self._now = now
        self.policies = tuple(self._compile(obj, compile_condition) for obj in objects)
        self._denials = tuple(policy for policy in self.policies if policy.denies)
        self._grants = tuple(policy for policy in self.policies if not policy.denies)
        self._saved = tuple(
            matcher(subject) for policy in self.policies if policy.spec.breakGlass for subject in policy.spec.subjects
        )
        self._prove_break_glass()

    def _compile(self, obj: Object, compile_condition: Callable[[str], Condition]) -> CompiledPolicy:
        spec = read_policy(obj, self._locate)
        try:
            return CompiledPolicy(obj, spec, compile_condition)
        except InvalidInput as error:
            # A selector or a condition, in its own words.
            text = f"AccessPolicy {name_of(obj)!r}: {error.message}"
            raise InvalidInput(text, location=self._locate(obj, "spec")) from error

    def _prove_break_glass(self) -> None:
        for policy in self.policies:
            for subject in policy.spec.subjects if policy.spec.breakGlass else ():
                for denial in self._denials:
                    if denial.applies_to(as_user(subject)):
                        raise InvalidInput(
                            f"AccessPolicy {denial.name!r} denies {subject.kind} {subject.name!r}, which AccessPolicy "
                            f"{policy.name!r} names as break-glass",
                            location=self._locate(denial.object, "spec.subjects"),
                            hint="add the subject to exceptSubjects",
                        )

    def authorize(self, attributes: Attributes) -> Verdict:
        """DENY or ALLOW with the policy's name, or NO_OPINION; ``errors`` are those of conditions."""
        now, errors = self._now(), []
        for policy in () if self._is_saved(attributes.user) else self._denials:
            verdict, error = self._judge(policy, attributes, now)
            if error:
                errors.append(error)
            if verdict is not None:
                return verdict
        for policy in self._grants:
            verdict, error = self._judge(policy, attributes, now)
            if error:
                errors.append(error)
            if verdict is not None:
                return verdict
        return Verdict(Decision.NO_OPINION, errors=tuple(errors)) if errors else NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """Unknown: what denies, or depends on conditions, cannot be listed."""
        if not any(policy.applies_to(user) for policy in self.policies):
            return RuleList()
        return RuleList(incomplete=True, errors=("access policies are not listed",))

    def _is_saved(self, user: User) -> bool:
        return any(matches(user) for matches in self._saved)

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
