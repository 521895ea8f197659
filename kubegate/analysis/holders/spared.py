"""Who is spared by a denial that reaches others of the same name or group: the exceptions of AccessPolicies, and conditions.

A subject is asked for as somebody who is that and nothing else. If an AccessPolicy denies that somebody, others may still be
allowed: who is in an excepted group too, or for whom a condition does not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubegate.analysis.holders.model import Ask, Holder, as_user
from kubegate.api.user import AUTHENTICATED, User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Decision
from kubegate.authz.kinds import is_access

if TYPE_CHECKING:
    from kubegate.authz.access.model import Subject


class Denials:
    """The denials of a chain's AccessPolicies on what is asked."""

    def __init__(self, chain: Chain, asked: Attributes, ask: Ask) -> None:
        self._chain = chain
        self._asked = asked
        self._ask = ask

    def condition(self, holder: Holder, user: User | None = None, *, maybe: bool = False) -> str | None:
        """What must hold so that the holder, to whom an authorizer grants it, may: "" if nothing, None if it may not.
        ``user``: the holder as somebody, if it is more than its name says. ``maybe``: that authorizer grants it to some of
        the holder's name only."""
        asker = user or as_user(holder.kind, holder.namespace, holder.name)
        verdict = self._ask(asker)
        if verdict.allowed:
            return ""
        if verdict.decision is not Decision.DENY:
            return "" if maybe else None
        by = verdict.determined_by
        return self._spared(holder, asker) if by is not None and by.authorizer == "AccessPolicy" else None

    def _spared(self, holder: Holder, user: User) -> str | None:
        known = User(user.name, groups=(*user.groups, AUTHENTICATED))
        found = (policy for member in self._chain.members if is_access(member) for policy, _ in member.covering(self._asked))
        denying = [policy for policy in found if policy.denies and policy.applies_to(known)]
        for policy in denying:
            if not policy.conditions and not any(_may_be(holder, subject) for subject in policy.spec.exceptSubjects):
                return None
        return "; ".join(f"only where AccessPolicy {policy.name} does not deny" for policy in denying) or None


def _may_be(holder: Holder, exception: Subject) -> bool:
    """May some that the holder stands for be the exception too, without all of them being it?"""
    if holder.kind == "Group" or "*" in holder.name + holder.namespace:
        return True
    return holder.kind == "User" and exception.kind == "Group"
