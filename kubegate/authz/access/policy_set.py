"""Several AccessPolicies that are in force together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from kubegate.api.names import Object, name_of
from kubegate.api.user import User
from kubegate.authz.access.lookup import BySubject
from kubegate.authz.access.model import read_policy
from kubegate.authz.access.policy import CompiledPolicy, Condition
from kubegate.authz.access.subjects import as_user
from kubegate.authz.interface import Locate, nowhere
from kubegate.errors import InvalidInput, KubegateError

CompileCondition = Callable[[str], Condition]
"""Makes a condition of a CEL expression; raises an `errors.KubegateError` for a wrong one."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Policies by what they do; ``saving`` are those whose subjects can never be denied."""

    denials: BySubject = field(default_factory=BySubject)
    grants: BySubject = field(default_factory=BySubject)
    saving: BySubject = field(default_factory=BySubject)

    @classmethod
    def of(cls, policies: Iterable[CompiledPolicy]) -> PolicySet:
        """Sort them out."""
        found = tuple(policies)
        return cls(
            BySubject(policy for policy in found if policy.denies),
            BySubject(policy for policy in found if not policy.denies),
            BySubject(policy for policy in found if policy.spec.breakGlass),
        )

    @property
    def policies(self) -> tuple[CompiledPolicy, ...]:
        """All."""
        return (*self.denials.policies, *self.grants.policies)

    def saves(self, user: User, now: datetime) -> bool:
        """Is the user one that can never be denied? Rules, namespaces and conditions of a policy with break-glass limit what
        it allows, not whom it saves."""
        return any(policy.in_force(now) and policy.applies_to(user) for policy in self.saving.may_concern(user))


def compile_policy(obj: Object, compile_condition: CompileCondition, locate: Locate = nowhere) -> CompiledPolicy:
    """Raises `InvalidInput` for a field, a selector or a condition that is wrong."""
    spec = read_policy(obj, locate)
    try:
        return CompiledPolicy(obj, spec, compile_condition)
    except KubegateError as error:
        text = f"AccessPolicy {name_of(obj)!r}: {error.message}"  # a selector or a condition, in its own words
        raise InvalidInput(text, location=locate(obj, "spec")) from error


def prove_break_glass(policies: Iterable[CompiledPolicy], locate: Locate = nowhere) -> None:
    """Raises `InvalidInput` for a Deny that names a subject of break-glass, whenever either is in force. (One that would
    reach such a subject through a group is passed over when it asks.)"""
    found = PolicySet.of(policies)
    for policy in found.saving.policies:
        for subject in policy.spec.subjects:
            user = as_user(subject)
            for denial in found.denials.may_concern(user) if policy.applies_to(user) else ():
                if denial.applies_to(user):
                    raise InvalidInput(
                        f"AccessPolicy {denial.name!r} denies {subject.kind} {subject.name!r}, which AccessPolicy "
                        f"{policy.name!r} names as break-glass",
                        location=locate(denial.object, "spec.subjects"),
                        hint="add the subject to exceptSubjects",
                    )
