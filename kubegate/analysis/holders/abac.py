"""Who may by an ABAC file: the user or group of each line that matches, confirmed by the chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubegate.analysis.holders.model import Holder
from kubegate.analysis.holders.spared import Denials
from kubegate.api.user import AUTHENTICATED, User, split_service_account
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes


def by_abac(abac: AbacAuthorizer, asked: Attributes, denials: Denials) -> Iterator[Holder]:
    """A holder a line. A line with user and group needs both: the group is the condition."""
    for policy in abac.matching(asked):
        holder, user = _holder(policy)
        condition = denials.condition(holder, user)
        if condition is not None:
            together = "; ".join(part for part in (holder.condition, condition) if part)
            yield replace(holder, condition=together)


def _holder(policy: Policy) -> tuple[Holder, User]:
    line, places = f"line {policy.location.line}", (policy.location,)
    if not policy.user:
        holder = Holder("Group", "", policy.group, line, locations=places, authorizer="ABAC")
        return holder, User("", groups=(policy.group,))
    groups = (policy.group, AUTHENTICATED) if policy.group else (AUTHENTICATED,)
    account = split_service_account(policy.user)
    kind, (namespace, name) = ("ServiceAccount", account) if account else ("User", ("", policy.user))
    condition = f"in group {policy.group}" if policy.group else ""
    holder = Holder(kind, namespace, name, line, locations=places, authorizer="ABAC", condition=condition)
    return holder, User(policy.user, groups=tuple(dict.fromkeys(groups)))
