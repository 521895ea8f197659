"""Denials that hold in some namespaces only, so that what is allowed elsewhere is not allowed everywhere."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.kinds import is_access


def may_be_denied_somewhere(chain: Chain, user: User) -> bool:
    """Is there an AccessPolicy by which the user may do less in some namespaces than in all of them at once? One that denies
    there, or any with conditions, which may look at the namespace."""
    policies = [policy for member in chain.members if is_access(member) for policy in member.policies]
    return any(
        policy.applies_to(user) and (policy.conditions or (policy.denies and policy.spec.namespaces)) for policy in policies
    )
