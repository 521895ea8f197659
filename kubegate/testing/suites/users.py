"""The identities that a suite names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kubegate.api.user import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    User,
    service_account_groups,
    service_account_name,
    split_service_account,
)
from kubegate.errors import InvalidInput
from kubegate.testing.cases.users import UserSpec


def spec_of(name: str, users: Mapping[str, UserSpec]) -> UserSpec:
    """One of the suite's ``users``; or ``User alice``, ``ServiceAccount shop/robot``, or the user of this name. Raises
    `InvalidInput` for an empty one."""
    known = users.get(name)
    if known is not None:
        return known
    if not name:
        raise InvalidInput("user is empty")
    kind, _, rest = name.partition(" ")
    if kind == "ServiceAccount" and "/" in rest:
        return UserSpec(name=service_account_name(*rest.split("/", 1)))
    return UserSpec(name=rest if kind == "User" and rest else name)


def user_of(name: str, users: Mapping[str, UserSpec]) -> User:
    """The identity with the groups that a server adds. ``Group devs`` is somebody who is in that group only."""
    kind, _, rest = name.partition(" ")
    if kind == "Group" and rest and name not in users:
        return User("", groups=(rest,))
    spec = spec_of(name, users)
    groups = list(spec.groups)
    account = split_service_account(spec.name)
    if account and not groups:
        groups = list(service_account_groups(account[0]))
    if spec.name == ANONYMOUS:
        groups = groups or [UNAUTHENTICATED]
    elif not {AUTHENTICATED, UNAUTHENTICATED} & set(groups):
        groups.append(AUTHENTICATED)
    return replace(User.of(spec.name, groups, extra=spec.extra), uid=spec.uid)


def spec_from(user: User) -> UserSpec:
    """An identity as a suite writes it."""
    extra = {key: list(values) for key, values in user.extra}
    return UserSpec(name=user.name, uid=user.uid, groups=list(user.groups), extra=extra)
