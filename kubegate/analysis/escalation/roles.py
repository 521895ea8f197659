"""Writing bindings and roles: each write passes the server's check against escalation, not only the authorizers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kubegate.analysis.escalation.model import ADMIN, BindingId, Step, asked
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.escalation import FULL_AUTHORITY, GROUP, check
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, Key, Role, RoleId

_ANYBODY = "somebody"


def in_cluster(world: World, who: Who) -> Iterator[Step]:
    """Getting all rights in the whole cluster."""
    user = world.user(who)
    yield from _bind(world, who, "")
    for binding in world.admin_bindings:
        for verb in ("update", "patch"):
            write = asked(user, verb, "clusterrolebindings", group=GROUP, name=binding.name)
            changed = {**binding.object, "subjects": [*binding.subjects, _subject(who, user)]}
            yield from _checked(world, write, changed, binding.object, f"adds itself to ClusterRoleBinding {binding.name}")
    yield from _own_roles(world, who, "")
    yield from _gathered(world, who)


def binding(world: World, who: Who, bound: Who) -> Iterator[Step]:
    """Getting all rights in the namespace of ``bound``, or the role that it has, and being that then."""
    role = world.granted.get(bound)
    if role is not None:
        found = [*_bind(world, who, bound.namespace, role), *_join(world, who, bound.namespace, role)]
    else:
        found = [*_bind(world, who, bound.namespace), *_own_roles(world, who, bound.namespace)]
    for step in found:
        yield replace(step, becomes=bound)


def may_bind(world: World, who: Who, namespace: str, role: RoleId) -> bool:
    """May he grant a role that he does not hold?"""
    resource = f"{role.kind.lower()}s"
    return world.allows(asked(world.user(who), "bind", resource, group=GROUP, name=role.name, namespace=namespace))


def _bind(world: World, who: Who, namespace: str, role: Role | None = None) -> Iterator[Step]:
    user = world.user(who)
    resource = "rolebindings" if namespace else "clusterrolebindings"
    create = asked(user, "create", resource, group=GROUP, namespace=namespace)
    meta: dict[str, Any] = {"name": "escalation"} | ({"namespace": namespace} if namespace else {})
    kind, name = (ADMIN.kind, ADMIN.name) if role is None else (role.id.kind, role.id.name)
    binding = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
        "subjects": [_subject(who, user)],
    }
    bind = asked(user, "bind", f"{kind.lower()}s", group=GROUP, name=name, namespace=namespace)
    said = name if role is None else f"{kind} {name}"
    text = f"binds {said} to itself" + (f" in namespace {namespace}" if namespace else "")
    yield from _checked(world, create, binding, None, text, bind)


def _join(world: World, who: Who, namespace: str, role: Role) -> Iterator[Step]:
    """A binding of the role that is there."""
    user, resource = world.user(who), "rolebindings" if namespace else "clusterrolebindings"
    bind = asked(user, "bind", f"{role.id.kind.lower()}s", group=GROUP, name=role.id.name, namespace=namespace)
    for found in world.rbac.bindings():
        if found.namespace == namespace and found.role.id == role.id:
            for verb in ("update", "patch"):
                write = asked(user, verb, resource, group=GROUP, name=found.name, namespace=namespace)
                changed = {**found.object, "subjects": [*found.subjects, _subject(who, user)]}
                where = f"{namespace}/{found.name}" if namespace else found.name
                yield from _checked(world, write, changed, found.object, f"adds itself to {found.kind} {where}", bind)


def _gathered(world: World, who: Who) -> Iterator[Step]:
    """An aggregated role of one's own takes what a new role holds, whose labels it looks for."""
    user, name = world.user(who), "escalation"
    for binding in _bindings(world, user, ""):
        selectors = ((binding.role.object or {}).get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
        for labels in (row.get("matchLabels") or {} for row in selectors):
            meta = {"name": name, "labels": labels}
            role = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": meta, "rules": list(FULL_AUTHORITY)}
            create = asked(user, "create", "clusterroles", group=GROUP)
            escalate = asked(user, "escalate", "clusterroles", group=GROUP)
            text = f"makes a ClusterRole with all rights, which its own {binding.role.id.name} gathers"
            found = _checked(world, create, role, None, text, escalate) if labels else ()
            yield from (replace(step, needs=step.needs | {binding.id}) for step in found)


def _own_roles(world: World, who: Who, namespace: str) -> Iterator[Step]:
    user = world.user(who)
    for binding in _bindings(world, user, namespace):
        role = binding.role
        if role.object is None:
            continue
        where = role.id.namespace
        resource = f"{role.id.kind.lower()}s"
        changed = {**role.object, "rules": list(FULL_AUTHORITY)}
        if namespace and role.id.kind == "Role":
            changed["rules"] = [FULL_AUTHORITY[0]]
        name = f"{where}/{role.id.name}" if where else role.id.name
        for verb in ("update", "patch"):
            write = asked(user, verb, resource, group=GROUP, namespace=where, name=role.id.name)
            escalate = asked(user, "escalate", resource, group=GROUP, namespace=where, name=role.id.name)
            text = f"gives all rights to its own {role.id.kind} {name}"
            yield from (
                replace(step, needs=step.needs | {binding.id})
                for step in _checked(world, write, changed, role.object, text, escalate)
            )


def _bindings(world: World, user: User, namespace: str) -> list[Binding]:
    """The user's bindings there; rather to a role of its own than to one of everybody's."""
    own = {id(binding): binding for _, binding in world.rbac.granted_rules(user, namespace)}
    found = [binding for binding in own.values() if binding.namespace == namespace]
    return sorted(found, key=lambda binding: Key(False, user.name) not in binding.keys)


def _checked(
    world: World, write: Attributes, obj: Object, old: Object | None, text: str, leave: Attributes | None = None
) -> Iterator[Step]:
    """The step, if it is authorized and passes the check; ``leave`` is the right that spares one the check's comparison."""
    if not world.allows(write) or check(write, obj, old, world.rbac, world) is not None:
        return
    if leave is None:
        ref = obj.get("roleRef") or {}
        leave = asked(write.user, "bind", "clusterroles", group=GROUP, name=str(ref.get("name")), namespace=write.namespace)

    def tries() -> list[list[Object]]:
        if old is not None and world.trial is not None:
            world.trial.know(old)
        return [[obj]]

    if world.allows(leave):
        yield Step(text, (write, leave), tries)
        return
    held = frozenset[BindingId](binding.id for _, binding in world.rbac.granted_rules(write.user, write.namespace))
    yield Step(text, (write,), tries, needs=held)


def _subject(who: Who, user: User) -> dict[str, str]:
    if who.kind == "ServiceAccount":
        return {"kind": "ServiceAccount", "namespace": who.namespace, "name": who.name}
    if who.kind in ("Group", "User"):
        return {"apiGroup": GROUP, "kind": who.kind, "name": who.name}
    return {"apiGroup": GROUP, "kind": "User", "name": user.name or _ANYBODY}
