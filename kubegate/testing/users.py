"""The identities that a suite names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kubegate.api.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User, service_account_groups, split_service_account
from kubegate.testing.cases.users import UserSpec


def user_of(name: str, users: Mapping[str, UserSpec]) -> User:
    """One of the suite's ``users``, or a user of this name without groups of its own."""
    spec = users.get(name) or UserSpec(name=name)
    groups = list(spec.groups)
    account = split_service_account(spec.name)
    if account and not groups:
        groups = list(service_account_groups(account[0]))
    if spec.name == ANONYMOUS:
        groups = groups or [UNAUTHENTICATED]
    elif not {AUTHENTICATED, UNAUTHENTICATED} & set(groups):
        groups.append(AUTHENTICATED)
    return replace(User.of(spec.name, groups, extra=spec.extra), uid=spec.uid)
