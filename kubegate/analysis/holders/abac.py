"""Who may by an ABAC file: the user or group of each line that matches, confirmed by the chain."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.holders.model import Ask, Holder
from kubegate.api.user import AUTHENTICATED, User, split_service_account
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.interface import Attributes


def by_abac(abac: AbacAuthorizer, asked: Attributes, ask: Ask) -> Iterator[Holder]:
    """A holder a line. A line with user and group needs both: the group is the condition."""
    for policy in abac.matching(asked):
        line = f"line {policy.location.line}"
        if not policy.user:
            if ask(User("", groups=(policy.group,))).allowed:
                yield Holder("Group", "", policy.group, line, locations=(policy.location,), authorizer="ABAC")
            continue
        groups = (policy.group, AUTHENTICATED) if policy.group else (AUTHENTICATED,)
        if not ask(User(policy.user, groups=tuple(dict.fromkeys(groups)))).allowed:
            continue
        account = split_service_account(policy.user)
        kind, (namespace, name) = ("ServiceAccount", account) if account else ("User", ("", policy.user))
        condition = f"in group {policy.group}" if policy.group else ""
        yield Holder(kind, namespace, name, line, locations=(policy.location,), authorizer="ABAC", condition=condition)
