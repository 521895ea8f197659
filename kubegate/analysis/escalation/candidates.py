"""Who could take on an identity at all: read from the roles, so that the engine is asked about few.

Names of objects are left out of account here, and every candidate is put to the engine: so no path is missed, and none is
invented.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kubegate.analysis.escalation.ways import CERTIFICATES, WORKLOADS
from kubegate.analysis.matrix import Who
from kubegate.authz.always import AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.bindings import Key, Role
from kubegate.authz.rbac.index import RbacAuthorizer

_Power = tuple[str, str, str, str]
"""(verb, group, resource, subresource)"""

_OVER_ACCOUNTS: tuple[_Power, ...] = (
    ("impersonate", "", "serviceaccounts", ""),
    ("create", "", "serviceaccounts", "token"),
    ("create", "", "secrets", ""),
    *(("create", group, resource, "") for group, resource in WORKLOADS),
)
_OVER_PEOPLE: tuple[_Power, ...] = (
    ("impersonate", "", "users", ""),
    ("impersonate", "", "groups", ""),
    ("update", CERTIFICATES, "certificatesigningrequests", "approval"),
)
_Holders = dict[str, dict[Who, None]]


class Candidates:
    """By the scopes ("": the cluster) in which somebody's roles have a power. Where authorizers besides RBAC may allow, too,
    everybody is a candidate."""

    def __init__(self, people: Iterable[Who], chain: Chain, rbac: RbacAuthorizer) -> None:
        self._people = tuple(people)
        self._all = not all(isinstance(member, _NARROW) for member in chain.members)
        members: dict[Key, list[Who]] = defaultdict(list)
        for who in self._people:
            user = who.as_user()
            for key in (Key(False, user.name), *(Key(True, group) for group in user.groups)):
                members[key].append(who)
        self._over_accounts = _holders(rbac, members, _OVER_ACCOUNTS)
        self._over_people = _holders(rbac, members, _OVER_PEOPLE)

    def of(self, other: Who) -> Iterable[Who]:
        """Who may be able to act as ``other``, each perhaps twice."""
        if self._all:
            return self._people
        if other.kind != "ServiceAccount":
            return self._over_people.get("", {})
        return (*self._over_accounts.get("", {}), *self._over_accounts.get(other.namespace, {}))


_NARROW = (RbacAuthorizer, NodeAuthorizer, PrivilegedGroups, AlwaysDeny)
"""Those that allow nothing (or nobody that is searched from) that RBAC does not."""


def _holders(rbac: RbacAuthorizer, members: dict[Key, list[Who]], powers: tuple[_Power, ...]) -> _Holders:
    found: _Holders = defaultdict(dict)
    having: dict[int, bool] = {}
    for binding in rbac.bindings():
        role = binding.role
        if id(role) not in having:
            having[id(role)] = any(_has(role, power) for power in powers)
        if having[id(role)]:
            for key in binding.keys:
                found[binding.namespace].update(dict.fromkeys(members.get(key, ()) if key else ()))
    return found


def _has(role: Role, power: _Power) -> bool:
    verb, group, resource, subresource = power
    full = f"{resource}/{subresource}" if subresource else resource
    rules = role.table.for_resource(full, subresource) if role.table else ()
    return any(rule.allows_verb(verb) and (rule.groups is None or group in rule.groups) for rule in rules)
