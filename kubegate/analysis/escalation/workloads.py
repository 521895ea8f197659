"""Running pods of one's own as a service account: creating them or what makes them, or changing what is there."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation.model import Step, asked
from kubegate.analysis.escalation.powers import WORKLOADS, Power
from kubegate.analysis.escalation.probes import changed, made_of, templates
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix import Who
from kubegate.api.catalog import builtin
from kubegate.api.names import Object, kind_of, name_of, namespace_of


def steps(world: World, who: Who, other: Who, power: int) -> Iterator[Step]:
    """The ways to run a pod as the service account ``other``."""
    user, where = world.user(who), other.namespace
    for group, resource in WORKLOADS if power & Power.CREATE_PODS else ():
        create = asked(user, "create", resource, group=group, namespace=where)
        qualified = f"{resource}.{group}" if group else resource

        def tries(qualified: str = qualified) -> Iterator[list[Object]]:
            for template in templates(world.pods, where, other.name):
                yield [made_of(qualified, where, template)]

        yield Step(f"runs a pod as {other}", (create,), tries, other)
    for resource, obj in existing(world, where) if power & Power.CHANGE_PODS else ():
        name, _, group = resource.partition(".")
        for verb in ("update", "patch"):
            write = asked(user, verb, name, group=group, namespace=where, name=name_of(obj))

            def change(resource: str = resource, obj: Object = obj) -> list[list[Object]]:
                return [[changed(resource, obj, other.name)]]

            yield Step(f"has {obj['kind']} {where}/{name_of(obj)} run pods as {other}", (write,), change, other)


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
