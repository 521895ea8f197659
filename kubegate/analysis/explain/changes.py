"""The smallest changes that allow a request, each tried with the whole chain before it is told.

Any authorizer that can grant may do it: RBAC by a role and a binding, ABAC by a line; where there are only AccessPolicies,
these by one more. A Deny of AccessPolicies is lifted for the user alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kubegate.analysis.explain.misses.access import alone, smallest_policy, without_denials
from kubegate.analysis.explain.opinion import authorizer_name
from kubegate.analysis.explain.suggest import smallest_change
from kubegate.analysis.explain.suggest_line import allowed_besides, line_text, smallest_line
from kubegate.analysis.explain.trial import Trial
from kubegate.api.names import Object
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import policy_from
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Authorizer, Decision
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location


@dataclass(frozen=True)
class Change:
    """What to apply: manifests, and for ABAC the ``line`` to add to ``file``. ``note``: what it allows besides."""

    authorizer: str
    objects: tuple[Object, ...] = ()
    line: str = ""
    file: str = ""
    note: str = ""

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        fields = {"authorizer": self.authorizer, "objects": list(self.objects)}
        rest = {"line": self.line, "file": self.file, "note": self.note}
        return {key: value for key, value in (fields | rest).items() if value}


@dataclass(frozen=True)
class _Grant:
    change: Change
    place: int
    member: Authorizer


_ORDER = ("RBAC", "ABAC", "AccessPolicy")


def smallest_changes(trial: Trial, rbac: RbacAuthorizer) -> list[Change]:
    """The changes that allow the request of a trial, that of RBAC first; AccessPolicies grant only where no other can."""
    granted = [grant.change for grant in _grants(trial, rbac, {}) if trial.decide({grant.place: grant.member}).allowed]
    if trial.verdict.decision is not Decision.DENY:
        return _preferred(granted)
    return _preferred([_before(trial, change) for change in granted] or _lifts(trial, rbac))


def _before(trial: Trial, change: Change) -> Change:
    """A grant that counts though somebody denies: that is said."""
    denying = (once.member for once in trial.members if once.said is not None and once.said.decision is Decision.DENY)
    note = f"{change.authorizer} is asked before {authorizer_name(next(denying))}, which denies"
    return replace(change, note=f"{note}; {change.note}" if change.note else note)


def _preferred(changes: list[Change]) -> list[Change]:
    ordered = sorted(changes, key=lambda change: _ORDER.index(change.authorizer))
    others = [change for change in ordered if change.authorizer != "AccessPolicy"]
    return others or ordered


def _grants(trial: Trial, rbac: RbacAuthorizer, lifted: dict[int, AccessPolicyAuthorizer]) -> Iterator[_Grant]:
    for place, once in enumerate(trial.members):
        member = lifted.get(place, once.member)
        if member is rbac:
            objects = smallest_change(trial.attributes, rbac)
            if objects:
                yield _Grant(Change("RBAC", tuple(objects)), place, RbacAuthorizer(objects))
        elif isinstance(member, AbacAuthorizer):
            yield from _by_line(place, member, trial.attributes)
        elif isinstance(member, AccessPolicyAuthorizer):
            policy = smallest_policy(member, trial.attributes)
            if policy is not None:
                yield _Grant(Change("AccessPolicy", (policy,)), place, Chain([member, alone(policy)]))


def _by_line(place: int, member: AbacAuthorizer, attributes: Attributes) -> Iterator[_Grant]:
    policy = smallest_line(attributes)
    if policy is None:
        return
    text = line_text(policy)
    document = orjson.loads(text)  # what is told is what is tried
    more = AbacAuthorizer([*member.policies, policy_from(document, Location(member.file))])
    yield _Grant(Change("ABAC", (document,), text, member.file, allowed_besides(policy)), place, more)


def _lifts(trial: Trial, rbac: RbacAuthorizer) -> list[Change]:
    """A Deny of AccessPolicies lifted; and a grant, if nothing allows then."""
    for place, once in enumerate(trial.members):
        if not isinstance(once.member, AccessPolicyAuthorizer):
            continue
        objects, without = without_denials(once.member, trial.attributes)
        again = trial.decide({place: without}) if objects else trial.verdict
        if again.allowed:
            return [Change("AccessPolicy", tuple(objects))]
        if again.decision is Decision.NO_OPINION:
            return [
                _together(objects, grant.change)
                for grant in _grants(trial, rbac, {place: without})
                if trial.decide({place: without, grant.place: grant.member}).allowed
            ]
    return []


def _together(lifted: list[Object], grant: Change) -> Change:
    objects = (*lifted, *grant.objects)
    return Change(grant.authorizer, objects, grant.line, grant.file, grant.note)
