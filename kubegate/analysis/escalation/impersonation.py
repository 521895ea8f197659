"""Acting as somebody else by the headers of impersonation: the old all-or-nothing kind, and the constrained one (KEP-5284).

What is done this way is one request: whoever is impersonated cannot impersonate on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubegate.analysis.escalation.model import BOUND, NODE, NODE_USER, Hop, Step, asked, label
from kubegate.analysis.escalation.powers import AUTHENTICATION
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.user import MASTERS, NODES, User
from kubegate.authz.interface import Attributes

_ANYBODY = "somebody"
_REQUESTS = ("get", "list", "watch", "create", "update", "patch", "delete")
"""The verbs of requests; others (``bind``, ``approve``) are asked about by the server itself."""


def steps(world: World, who: Who, other: Who, onward: Hop | None) -> Iterator[Step]:
    """The ways to act as ``other``; ``onward`` is what is to be done then."""
    if other.kind in (BOUND, NODE):
        return
    user, text = world.user(who), f"impersonates {label(other)}"
    yield from (Step(text, requests, becomes=other) for requests in _plain(world, who, other))
    for mode, requests in _constrained(user, other) if onward is not None else ():
        onwards = tuple(
            replace(request, user=user, verb=f"impersonate-on:{mode}:{request.verb}")
            for request in (onward.requests if onward else ())
            if request.verb in _REQUESTS
        )
        if onwards:
            yield Step(f"{text} (impersonate:{mode})", (*requests, *onwards), becomes=other)


def masters(world: World, who: Who) -> Iterator[Step]:
    """Acting as a member of system:masters."""
    group = asked(world.user(who), "impersonate", "groups", name=MASTERS)
    if world.allows(group):
        somebody = _somebody(world, who)
        if somebody is not None:
            yield Step(f"impersonates {somebody.name} in {MASTERS}", (somebody, group))


def _plain(world: World, who: Who, other: Who) -> Iterator[tuple[Attributes, ...]]:
    user = world.user(who)
    if other.kind == "ServiceAccount":
        yield (asked(user, "impersonate", "serviceaccounts", namespace=other.namespace, name=other.name),)
    elif other.kind == "User":
        yield (asked(user, "impersonate", "users", name=other.name),)
    elif other.kind == NODE_USER:
        name = world.user(other).name
        yield asked(user, "impersonate", "users", name=name), asked(user, "impersonate", "groups", name=NODES)
    else:
        group = asked(user, "impersonate", "groups", name=other.name)
        somebody = _somebody(world, who) if world.allows(group) else None
        if somebody is not None:
            yield group, somebody


def _constrained(user: User, other: Who) -> Iterator[tuple[str, tuple[Attributes, ...]]]:
    if other.kind == "ServiceAccount":
        mode = "serviceaccount"
        yield (
            mode,
            (_identity(user, mode, "serviceaccounts", other.name, namespace=other.namespace),),
        )
    elif other.kind == "User" and not other.name.startswith("system:node:"):
        yield "user-info", (_identity(user, "user-info", "users", other.name),)
    elif other.kind == "Group" and other.name != MASTERS:
        somebody = _identity(user, "user-info", "users", _ANYBODY)
        yield "user-info", (_identity(user, "user-info", "groups", other.name), somebody)


def _identity(user: User, mode: str, resource: str, name: str, *, namespace: str = "") -> Attributes:
    return asked(user, f"impersonate:{mode}", resource, group=AUTHENTICATION, namespace=namespace, name=name)


def _somebody(world: World, who: Who) -> Attributes | None:
    """The right to impersonate any user at all, whose name goes with a group."""
    return world.remember(
        ("somebody", who),
        lambda: next((request for request in _anybody(world, who) if world.allows(request)), None),
        lambda request: world.support((request,)),
    )


def _anybody(world: World, who: Who) -> Iterator[Attributes]:
    user = world.user(who)
    yield asked(user, "impersonate", "users", name=_ANYBODY)
    for person in world.people:
        if person.kind == "User":
            yield asked(user, "impersonate", "users", name=person.name)
        elif person.kind == "ServiceAccount":
            yield asked(user, "impersonate", "serviceaccounts", namespace=person.namespace, name=person.name)
