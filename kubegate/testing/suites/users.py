"""The identities that a suite names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from kubegate.api.user import User, completed, service_account_name
from kubegate.errors import InvalidInput
from kubegate.testing.cases.users import UserSpec

_KINDS = ("User", "Group", "ServiceAccount")


def spec_of(name: str, users: Mapping[str, UserSpec]) -> UserSpec:
    """One of the suite's ``users``; or ``User alice``, ``ServiceAccount shop/robot``, or the user of this name. Raises
    `InvalidInput` for an empty one, and for what looks like a misspelt kind and name."""
    known = users.get(name)
    if known is not None:
        return known
    if not name:
        raise InvalidInput("user is empty")
    kind, _, rest = name.partition(" ")
    if kind == "ServiceAccount" and rest:
        namespace, slash, account = rest.partition("/")
        if not (namespace and slash and account):
            raise InvalidInput(f"{name!r}: a service account is written ServiceAccount NAMESPACE/NAME")
        return UserSpec(name=service_account_name(namespace, account))
    if kind == "Group" and rest:
        raise InvalidInput(f"{name!r} is nobody whom one can be: name a user, his groups in the suite's users")
    near = difflib.get_close_matches(kind.lower(), map(str.lower, _KINDS), n=1, cutoff=0.75) if rest else []
    if near and kind != "User":
        meant = next(known for known in _KINDS if known.lower() == near[0])
        raise InvalidInput(
            f"{name!r} is no user", hint=f"did you mean '{meant} {rest}'? ('User {name}' is who has this name)"
        )
    return UserSpec(name=rest if kind == "User" and rest else name)


def user_of(name: str, users: Mapping[str, UserSpec]) -> User:
    """The identity with the groups that a server adds. ``Group devs`` is somebody who is in that group only."""
    kind, _, rest = name.partition(" ")
    if kind == "Group" and rest and name not in users:
        return User("", groups=(rest,))
    spec = spec_of(name, users)
    return completed(User.of(spec.name, spec.groups, uid=spec.uid, extra=spec.extra))


def doubt_about(name: str, users: Mapping[str, UserSpec]) -> str:
    """Why a user looks misspelt: he is none of the suite's, but has nearly the name of one. ("" if he does not.)"""
    if not name or name in users or " " in name or any(name == spec.name for spec in users.values()):
        return ""
    near = difflib.get_close_matches(name, users, n=1, cutoff=0.75)
    return f"user {name!r} is none of the suite's users (did you mean {near[0]}?)" if near else ""


def spec_from(user: User) -> UserSpec:
    """An identity as a suite writes it."""
    extra = {key: list(values) for key, values in user.extra}
    return UserSpec(name=user.name, uid=user.uid, groups=list(user.groups), extra=extra)
