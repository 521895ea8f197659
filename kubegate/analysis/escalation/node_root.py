"""Becoming root on a node: pods that admission lets have the host, getting into such pods, the kubelet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kubegate.analysis.escalation import volumes
from kubegate.analysis.escalation.hosts import NAME, twists
from kubegate.analysis.escalation.intrusion import steps as ways_into
from kubegate.analysis.escalation.kubelets import by_proxy, proxied
from kubegate.analysis.escalation.model import NODE, Step, Tries, asked
from kubegate.analysis.escalation.placement import placements
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.workloads import existing, made, rewritten
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, name_of


def steps(world: World, who: Who, node: str = "") -> Iterator[Step]:
    """The ways to be root on a node ("": on any)."""
    becomes = Who(NODE, "", node) if node else None
    everywhere = world.powers.of(who)
    spaces = _namespaces(world, who, everywhere)
    for namespace in spaces:
        power = world.powers.of(who, namespace)
        yield from _own_pods(world, who, namespace, power, node, becomes)
    for pod in world.pods.rooted:
        power = world.powers.of(who, pod.namespace)
        if node in ("", pod.node) and power & (Power.RUN | Power.CHANGE_PODS):
            for step in ways_into(world, who, pod, power, becomes or _somewhere(), debug=False):
                yield Step(f"{step.text.split(', ')[0]}, which has the host", step.requests, step.tries, becomes)
    for namespace in spaces:
        power = world.powers.of(who, namespace)
        for pod in world.pods.by_namespace.get(namespace, ()) if power & Power.RUN else ():
            if node in ("", pod.node):
                for step in ways_into(world, who, pod, power, becomes or _somewhere(), has_host=True):
                    yield replace(step, becomes=becomes)
    if everywhere & Power.KUBELET:
        yield from _kubelet(world, who, node, becomes)
    for namespace in spaces:
        if world.powers.of(who, namespace) & Power.CREATE_PODS:
            yield from volumes.steps(world, who, namespace, becomes)
    if everywhere & Power.CREATE_PODS:
        yield from _own_namespace(world, who, becomes)


def _namespaces(world: World, who: Who, everywhere: int) -> list[str]:
    wanted = Power.CREATE_PODS | Power.CHANGE_PODS | Power.RUN
    if everywhere & wanted:
        return world.namespaces
    return sorted(world.powers.namespaces(who, wanted))


def _own_pods(world: World, who: Who, namespace: str, power: int, node: str, becomes: Who | None) -> Iterator[Step]:
    for place in placements(world, who, node):
        ways = place.of(twists(windows=world.windows))
        text = f"{place.before}runs a pod that has the host in namespace {namespace}{place.where}"
        found = list(made(world, who, namespace, power, text, ways, becomes, has_host=True))
        for resource, obj in existing(world, namespace) if power & Power.CHANGE_PODS else ():
            text = f"{place.before}has {obj['kind']} {namespace}/{name_of(obj)} run pods that have the host{place.where}"
            found += rewritten(world, who, resource, obj, text, ways, becomes, has_host=True)
        yield from (replace(step, requests=(*place.requests, *step.requests)) for step in found)


def _kubelet(world: World, who: Who, node: str, becomes: Who | None) -> Iterator[Step]:
    for pod in world.pods.rooted:
        if pod.node and node in ("", pod.node):
            text = f"runs commands in pod {pod.namespace}/{pod.name}, which has the host, through the kubelet"
            yield from by_proxy(world, who, pod, becomes or _somewhere(), text)
    if not world.pods.by_namespace:  # which pods run is not known; on a node, some always have the host
        for verb in ("create", "get"):
            request = asked(world.user(who), verb, "nodes", name=node, subresource="proxy")
            yield Step("runs commands in the system's pods through the kubelet", (request,), proxied(world, None), becomes)


def _own_namespace(world: World, who: Who, becomes: Who | None) -> Iterator[Step]:
    """In a namespace that one makes, nothing may be enforced."""
    mine = asked(world.user(who), "create", "namespaces")
    own: tuple[Object, ...] = ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}}, _account())
    text = "runs a pod that has the host in a namespace of its own"
    for step in made(world, who, NAME, Power.CREATE_PODS, text, twists(windows=world.windows), becomes, has_host=True):
        yield replace(step, requests=(mine, *step.requests), tries=_after(own, step.tries), pods=None)


def _after(before: tuple[Object, ...], tries: Tries | None) -> Tries:
    return lambda: ([*before, *series] for series in (tries() if tries else ()))


def _account() -> dict[str, Any]:
    """What the controller makes in every namespace."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": NAME}}


def _somewhere() -> Who:
    return Who(NODE, "", "")
