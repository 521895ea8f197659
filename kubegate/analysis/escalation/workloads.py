"""Running pods of one's own as a service account: creating them or what makes them, or changing what is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kubegate.analysis.escalation.hosts import Twist
from kubegate.analysis.escalation.model import Step, Write, asked
from kubegate.analysis.escalation.powers import WORKLOADS, Power
from kubegate.analysis.escalation.probes import as_account, changed, harmless, made_of, templates
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.catalog import builtin
from kubegate.api.names import Object, kind_of, name_of, namespace_of


def steps(world: World, who: Who, other: Who, power: int) -> Iterator[Step]:
    """The ways to run a pod as the service account ``other``."""
    where = other.namespace
    ways = as_account(other.name, mounts=(where, other.name) not in world.pods.without_token)
    yield from made(world, who, where, power, f"runs a pod as {other}", ways, other)
    for resource, obj in existing(world, where) if power & Power.CHANGE_PODS else ():
        text = f"has {obj['kind']} {where}/{name_of(obj)} run pods as {other}"
        yield from rewritten(world, who, resource, obj, text, ways, other)


def made(
    world: World,
    who: Who,
    namespace: str,
    power: int,
    text: str,
    ways: list[Twist],
    becomes: Who | None,
    *,
    has_host: bool = False,
) -> Iterator[Step]:
    """Creating pods, or what makes them, that are twisted in one of the ``ways``."""
    user = world.user(who)

    def tries(qualified: str) -> Iterator[list[Write]]:
        fits = has_host and world.trial is not None and world.trial.admits(namespace, harmless(namespace))
        for template in templates(world.pods, namespace, world.hints, ways, fits=fits):
            yield [made_of(qualified, namespace, template)]

    for group, resource in WORKLOADS if power & Power.CREATE_PODS else ():
        create = asked(user, "create", resource, group=group, namespace=namespace)
        qualified = f"{resource}.{group}" if group else resource
        plain = partial(tries, "pods") if has_host and resource != "pods" else None
        yield Step(text, (create,), partial(tries, qualified), becomes, has_host=has_host, pods=plain)


def rewritten(
    world: World,
    who: Who,
    resource: str,
    obj: Object,
    text: str,
    ways: list[Twist],
    becomes: Who | None,
    *,
    has_host: bool = False,
) -> Iterator[Step]:
    """Changing what makes pods."""
    name, _, group = resource.partition(".")
    for verb in ("update", "patch"):
        write = asked(world.user(who), verb, name, group=group, namespace=namespace_of(obj), name=name_of(obj))

        def tries() -> Iterator[list[Write]]:
            for way in ways:
                yield [changed(resource, obj, way)]

        yield Step(text, (write,), tries, becomes, has_host=has_host)


def existing(world: World, namespace: str) -> list[tuple[str, Object]]:
    """(resource, object) of what makes pods in a namespace."""
    found = world.remember("workloads", lambda: _by_namespace(world), lambda _: frozenset())
    return (found or {}).get(namespace, [])


def _by_namespace(world: World) -> dict[str, list[tuple[str, Object]]]:
    wanted = {f"{resource}.{group}" if group else resource for group, resource in WORKLOADS} - {"pods"}
    found: dict[str, list[tuple[str, Object]]] = {}
    for obj in world.state:
        resource = builtin().by_kind(kind_of(obj))
        if resource is not None and resource.gvr.qualified in wanted:
            found.setdefault(namespace_of(obj), []).append((resource.gvr.qualified, obj))
    return found
