"""Who could take a step at all: read from the roles, so that the engine is asked about few.

Names of objects are left out of account here, and every candidate is put to the engine: so no path is missed, and none is
invented.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kubegate.analysis.matrix.subjects import Who
from kubegate.api.user import User
from kubegate.authz.always import AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.bindings import Key, Role
from kubegate.authz.rbac.index import RbacAuthorizer

WORKLOADS = (
    ("", "pods"),
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("", "replicationcontrollers"),
)
CERTIFICATES = "certificates.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
RBAC = "rbac.authorization.k8s.io"
AUTHENTICATION = "authentication.k8s.io"
MODES = ("user-info", "serviceaccount")
"""The kinds of constrained impersonation that are of use here."""
READS = ("get", "list", "watch", "patch", "deletecollection")
"""The verbs whose answers hold the objects: a patch that changes nothing, a deletion (with dryRun) of all."""


class Power:
    """What roles may give: bits (plain numbers, because enumerations are slow to join)."""

    NONE = 0
    IMPERSONATE = 1 << 0
    TOKENS = 1 << 1
    SECRETS = 1 << 2
    CREATE_PODS = 1 << 3
    CHANGE_PODS = 1 << 4
    RUN = 1 << 5
    KUBELET = 1 << 6
    CERTIFY = 1 << 7
    MUTATE = 1 << 8
    RULE = 1 << 9
    """Writing bindings and roles."""
    CONFIGURE = 1 << 10
    """Changing ConfigMaps."""
    BIND = 1 << 11
    """Granting roles that one does not hold."""
    ALL = (1 << 12) - 1


_WRITES = ("create", "update", "patch")
_TABLE: tuple[tuple[int, tuple[str, ...], str, tuple[str, ...]], ...] = (
    (Power.IMPERSONATE, ("impersonate",), "", ("users", "groups", "serviceaccounts")),
    (Power.IMPERSONATE, ("impersonate:user-info",), AUTHENTICATION, ("users", "groups")),
    (Power.IMPERSONATE, ("impersonate:serviceaccount",), AUTHENTICATION, ("serviceaccounts",)),
    (Power.TOKENS, ("create",), "", ("serviceaccounts/token",)),
    (Power.SECRETS, ("create", "update", *READS), "", ("secrets",)),
    *((Power.CREATE_PODS, ("create",), group, (resource,)) for group, resource in WORKLOADS),
    *((Power.CHANGE_PODS, ("update", "patch"), group, (resource,)) for group, resource in WORKLOADS),
    (Power.RUN, ("create",), "", ("pods/exec", "pods/attach")),
    (Power.RUN, ("update", "patch"), "", ("pods/ephemeralcontainers",)),
    (Power.KUBELET, ("get", "create"), "", ("nodes/proxy",)),
    (Power.CERTIFY, ("update", "patch"), CERTIFICATES, ("certificatesigningrequests/approval",)),
    (Power.CERTIFY, ("create",), CERTIFICATES, ("certificatesigningrequests/nodeclient",)),
    (Power.MUTATE, _WRITES, ADMISSION, ("mutatingwebhookconfigurations", "mutatingadmissionpolicies")),
    (Power.CONFIGURE, ("update", "patch"), "", ("configmaps",)),
    (Power.BIND, ("bind",), RBAC, ("clusterroles", "roles")),
    (Power.RULE, _WRITES, RBAC, ("clusterrolebindings", "clusterroles", "rolebindings", "roles")),
)

_NARROW = (RbacAuthorizer, NodeAuthorizer, PrivilegedGroups, AlwaysDeny)
"""Those that allow nothing (or nobody that is searched from) that RBAC does not."""


class Powers:
    """By the scopes ("": the cluster) in which somebody's roles have a power. Where authorizers besides RBAC may allow, too,
    everybody may have every one."""

    def __init__(self, people: Iterable[tuple[Who, User]], chain: Chain, rbac: RbacAuthorizer) -> None:
        members: dict[Key, list[Who]] = defaultdict(list)
        self._people: list[Who] = []
        for who, user in people:
            self._people.append(who)
            for key in (Key(False, user.name), *(Key(True, group) for group in user.groups)):
                members[key].append(who)
        self._all = not all(isinstance(member, _NARROW) for member in chain.members)
        self._held: dict[str, dict[Who, int]] = defaultdict(dict)
        self._spaces: dict[Who, dict[str, int]] = defaultdict(dict)
        given: dict[int, int] = {}
        for binding in rbac.bindings():
            role = binding.role
            power = given.get(id(role))
            if power is None:
                power = given[id(role)] = power_of(role)
            if power:
                held = self._held[binding.namespace]
                for subject in binding.keys:
                    for who in members.get(subject, ()) if subject else ():
                        held[who] = held.get(who, Power.NONE) | power
        for namespace, held in self._held.items():
            for who, power in held.items() if namespace else ():
                self._spaces[who][namespace] = power

    def add(self, who: Who, namespace: str, everywhere: int, power: int = Power.ALL) -> None:
        """Take in somebody who has some powers (all, if not said) in a namespace ("": everywhere), and some everywhere."""
        self._people.append(who)
        if namespace:
            self._held[namespace][who] = self._spaces[who][namespace] = power
        else:
            everywhere |= power
        if everywhere:
            self._held[""][who] = everywhere

    def take_over(self, who: Who, other: Who) -> None:
        """Give somebody in each namespace what somebody else has there."""
        for namespace, power in self._spaces.get(other, {}).items():
            own = self._held[namespace].get(who, Power.NONE) | power
            self._held[namespace][who] = self._spaces[who][namespace] = own

    def of(self, who: Who, namespace: str = "") -> int:
        """What somebody may have in a namespace ("": in the whole cluster)."""
        if self._all:
            return Power.ALL
        own = self._held.get("", {}).get(who, Power.NONE)
        return own | self._held.get(namespace, {}).get(who, Power.NONE) if namespace else own

    def holders(self, powers: int, namespace: str = "") -> list[Who]:
        """Who may have one of the powers by a binding of this scope."""
        if self._all:
            return [] if namespace else list(self._people)
        return [who for who, power in self._held.get(namespace, {}).items() if power & powers]

    def namespaces(self, who: Who, powers: int) -> list[str]:
        """The namespaces in which somebody may have one of the powers by a binding there."""
        return [namespace for namespace, power in self._spaces.get(who, {}).items() if power & powers]


def power_of(role: Role) -> int:
    """What a role gives."""
    found = Power.NONE
    for power, verbs, group, resources in _TABLE if role.table else ():
        if not power & found and any(_has(role, verb, group, name) for name in resources for verb in verbs):
            found |= power
    return found


def _has(role: Role, verb: str, group: str, full: str) -> bool:
    rules = role.table.for_resource(full, full.partition("/")[2]) if role.table else ()
    return any(rule.allows_verb(verb) and (rule.groups is None or group in rule.groups) for rule in rules)
