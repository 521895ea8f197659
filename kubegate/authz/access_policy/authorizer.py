"""The AccessPolicy authorizer: denials win over grants, and nothing denies those behind the glass.

Policies are indexed by subject; those with patterns are looked at one by one. A condition that cannot be evaluated does not
grant, but does deny, and is told as an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kubegate.api.go import quote
from kubegate.api.names import Object, name_of
from kubegate.api.user import User
from kubegate.authz.access_policy.model import API_VERSION, PolicySpec, SubjectSpec, read_break_glass, read_policy
from kubegate.authz.access_policy.patterns import is_pattern, matches, overlap
from kubegate.authz.access_policy.rules import CompiledRule
from kubegate.authz.configuration.conditions import CelCondition, check_condition, compile_condition
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, RuleList, Verdict
from kubegate.authz.webhook.wire import spec_of
from kubegate.errors import InvalidInput, Location, Unavailable

Locate = Callable[[Object], Location | None]


@dataclass(frozen=True)
class _Policy:
    name: str
    spec: PolicySpec
    rules: tuple[CompiledRule, ...]
    conditions: tuple[CelCondition, ...]
    location: Location | None

    @property
    def denies(self) -> bool:
        return self.spec.effect == "Deny"

    def in_force(self, now: datetime) -> bool:
        after, before = self.spec.notBefore, self.spec.notAfter
        return (after is None or now >= after) and (before is None or now < before)


class AccessPolicyAuthorizer:
    """Decides by AccessPolicy objects; BreakGlass objects name whom they cannot deny.

    Raises `InvalidInput` for an object that is wrong, and for a denial that names a subject behind the glass: loading proves
    that none does."""

    def __init__(
        self,
        objects: Iterable[Object],
        *,
        locate: Locate = lambda obj: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._glass: list[SubjectSpec] = []
        self._users: dict[str, list[_Policy]] = defaultdict(list)
        self._groups: dict[str, list[_Policy]] = defaultdict(list)
        self._patterns: list[tuple[SubjectSpec, _Policy]] = []
        ours = [obj for obj in objects if obj.get("apiVersion") == API_VERSION]
        for obj in ours:
            if obj.get("kind") == "BreakGlass":
                self._glass += read_break_glass(obj, locate(obj)).subjects
        for obj in ours:
            if obj.get("kind") == "AccessPolicy":
                self._add(obj, locate(obj))

    def _add(self, obj: Object, location: Location | None) -> None:
        spec = read_policy(obj, location)
        for index, expression in enumerate(spec.when):
            if complaint := check_condition(expression):
                raise InvalidInput(f"AccessPolicy {name_of(obj)}: spec.when[{index}]: {complaint}", location=location)
        rules = tuple(CompiledRule(rule, deny=spec.effect == "Deny") for rule in spec.rules)
        policy = _Policy(name_of(obj), spec, rules, tuple(map(compile_condition, spec.when)), location)
        if policy.denies:
            self._prove(policy)
        for subject in spec.subjects:
            pattern = subject.user_pattern
            if is_pattern(pattern):
                self._patterns.append((subject, policy))
            else:
                (self._groups if subject.kind == "Group" else self._users)[pattern].append(policy)

    def _prove(self, policy: _Policy) -> None:
        """No subject of a denial may be one behind the glass; who is so as a member of a group is spared when deciding."""
        for subject in policy.spec.subjects:
            for spared in self._glass:
                same = (subject.kind == "Group") is (spared.kind == "Group")
                literal = not is_pattern(subject.user_pattern)
                if same and literal and overlap(subject.user_pattern, spared.user_pattern):
                    raise InvalidInput(
                        f"AccessPolicy {policy.name} denies {subject.kind} {quote(subject.name)}, who is behind the glass",
                        location=policy.location,
                        hint="take the subject out of the policy or out of the BreakGlass object",
                    )

    def authorize(self, attributes: Attributes) -> Verdict:
        """DENY if a denial matches and the user is not behind the glass, else ALLOW if a grant matches."""
        found = list(self._of(attributes.user))
        if not found:
            return NO_OPINION
        now = self._now()
        errors: list[str] = []
        spared = self._is_spared(attributes.user)
        for policy in sorted(found, key=lambda policy: not policy.denies):
            if (policy.denies and spared) or not policy.in_force(now):
                continue
            if any(rule.matches(attributes) for rule in policy.rules) and self._holds(policy, attributes, errors):
                return _verdict(policy, errors)
        return Verdict(Decision.NO_OPINION, "", None, tuple(errors)) if errors else NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """Unknown: what denies cannot be listed."""
        if next(self._of(user), None) is None:
            return RuleList()
        return RuleList(incomplete=True, errors=("access policies are not listed",))

    def _of(self, user: User) -> Iterator[_Policy]:
        seen: set[int] = set()
        groups = set(user.groups)
        candidates = [*self._users.get(user.name, ()), *(row for group in groups for row in self._groups.get(group, ()))]
        candidates += [policy for subject, policy in self._patterns if _is(subject, user, groups)]
        for policy in candidates:
            if id(policy) not in seen:
                seen.add(id(policy))
                yield policy

    def _is_spared(self, user: User) -> bool:
        groups = set(user.groups)
        return any(_is(subject, user, groups) for subject in self._glass)

    @staticmethod
    def _holds(policy: _Policy, attributes: Attributes, errors: list[str]) -> bool:
        spec = spec_of(attributes) if policy.conditions else {}
        for condition in policy.conditions:
            try:
                if not condition.matches(spec):
                    return False
            except Unavailable as error:
                errors.append(f"AccessPolicy {quote(policy.name)}: {error}")
                if not policy.denies:
                    return False
        return True


def _is(subject: SubjectSpec, user: User, groups: set[str]) -> bool:
    if subject.kind == "Group":
        return any(matches(subject.user_pattern, group) for group in groups)
    return matches(subject.user_pattern, user.name)


def _verdict(policy: _Policy, errors: list[str]) -> Verdict:
    decision, word = (Decision.DENY, "denied") if policy.denies else (Decision.ALLOW, "allowed")
    determinant = Determinant("AccessPolicy", f"AccessPolicy {policy.name}", (policy.location,) if policy.location else ())
    return Verdict(decision, f"AccessPolicy: {word} by {quote(policy.name)}", determinant, tuple(errors))
