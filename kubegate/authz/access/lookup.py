"""AccessPolicies by their subjects: a decision looks at those that may be about the user, however many there are."""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.api.user import User, service_account_name
from kubegate.authz.access.model import Subject
from kubegate.authz.access.policy import CompiledPolicy


class BySubject:
    """Policies in their order, found by user name and groups. Those with a pattern among their subjects are always found."""

    __slots__ = ("_anybody", "_groups", "_users", "policies")

    def __init__(self, policies: Iterable[CompiledPolicy] = ()) -> None:
        self.policies = tuple(policies)
        self._users: dict[str, list[int]] = {}
        self._groups: dict[str, list[int]] = {}
        self._anybody: list[int] = []
        for number, policy in enumerate(self.policies):
            for subject in policy.spec.subjects:
                self._place(subject).append(number)

    def _place(self, subject: Subject) -> list[int]:
        if "*" in subject.name + subject.namespace:
            return self._anybody
        if subject.kind == "Group":
            return self._groups.setdefault(subject.name, [])
        named = service_account_name(subject.namespace, subject.name) if subject.kind == "ServiceAccount" else subject.name
        return self._users.setdefault(named, [])

    def may_concern(self, user: User) -> list[CompiledPolicy]:
        """The policies that name the user or one of the groups, or have patterns. `CompiledPolicy.applies_to` knows."""
        if not self.policies:
            return []
        found = {*self._anybody, *self._users.get(user.name, ())}
        for group in user.groups:
            found.update(self._groups.get(group, ()))
        return [self.policies[number] for number in sorted(found)]
