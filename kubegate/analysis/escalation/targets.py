"""The last step: what makes an identity the master of the cluster, by rights that it has itself.

Writes of RBAC objects are put to the check against escalation that a server makes, not only to the authorizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.model import ADMIN, Hop, Target, World, asked
from kubegate.api.user import MASTERS, User
from kubegate.authz.escalation import FULL_AUTHORITY, GROUP, check
from kubegate.authz.rbac.bindings import Key

_REFERENCE = {"apiGroup": GROUP, "kind": ADMIN.kind, "name": ADMIN.name}
_ANYBODY = "somebody"


def is_admin(world: World, user: User) -> bool:
    """May it do everything already?"""
    return world.allows(asked(user, "*", "*", group="*"))


def last_hop(world: World, user: User, target: Target) -> Hop | None:
    """The step by which an identity reaches the target itself, or None."""
    steps = _admin_hops if target is Target.ADMIN else _secret_hops
    return next(steps(world, user), None)


def _admin_hops(world: World, user: User) -> Iterator[Hop]:
    yield from _new_binding(world, user)
    yield from _old_binding(world, user)
    yield from _own_role(world, user)
    yield from _masters(world, user)


def _new_binding(world: World, user: User) -> Iterator[Hop]:
    create = asked(user, "create", "clusterrolebindings", group=GROUP)
    binding = _binding("escalation")
    if world.allows(create) and check(create, binding, None, world.rbac, world.chain) is None:
        bind = asked(user, "bind", "clusterroles", group=GROUP, name=ADMIN.name)
        requests = (create, bind) if world.allows(bind) else (create,)
        yield Hop("binds cluster-admin to itself", requests)


def _old_binding(world: World, user: User) -> Iterator[Hop]:
    for binding in world.admin_bindings:
        for verb in ("update", "patch"):
            write = asked(user, verb, "clusterrolebindings", group=GROUP, name=binding.name)
            if not world.allows(write):
                continue
            mine = [{"apiGroup": GROUP, "kind": "User", "name": user.name or _ANYBODY}]
            changed = {**binding.object, "subjects": [*binding.subjects, *mine]}
            if check(write, changed, binding.object, world.rbac, world.chain) is None:
                yield Hop(f"adds itself to ClusterRoleBinding {binding.name}", (write,))


def _own_role(world: World, user: User) -> Iterator[Hop]:
    own = {id(binding): binding for _, binding in world.rbac.granted_rules(user, "")}
    # Rather a role of its own than one of everybody's.
    for binding in sorted(own.values(), key=lambda binding: Key(False, user.name) not in binding.keys):
        role = binding.role
        if role.object is None:
            continue
        for verb in ("update", "patch"):
            write = asked(user, verb, "clusterroles", group=GROUP, name=role.id.name)
            if not world.allows(write):
                continue
            changed = {**role.object, "rules": list(FULL_AUTHORITY)}
            if check(write, changed, role.object, world.rbac, world.chain) is None:
                yield Hop(f"gives all rights to its own ClusterRole {role.id.name}", (write,))


def _masters(world: World, user: User) -> Iterator[Hop]:
    group = asked(user, "impersonate", "groups", name=MASTERS)
    if not world.allows(group):
        return
    for name in (_ANYBODY, *(who.name for who in world.people if who.kind == "User")):
        somebody = asked(user, "impersonate", "users", name=name)
        if world.allows(somebody):
            yield Hop(f"impersonates {name} in {MASTERS}", (somebody, group))


def _secret_hops(world: World, user: User) -> Iterator[Hop]:
    for verb in ("get", "list", "watch"):
        read = asked(user, verb, "secrets", namespace="kube-system")
        if world.allows(read):
            yield Hop("reads the secrets of kube-system", (read,))


def _binding(name: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": _REFERENCE,
        "subjects": [],
    }
