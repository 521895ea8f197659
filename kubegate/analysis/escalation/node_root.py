"""Becoming root on a node: pods that admission lets have the host, getting into such pods, the kubelet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.intrusion import steps as ways_into
from kubegate.analysis.escalation.kubelets import by_proxy, proxied
from kubegate.analysis.escalation.model import NODE, Step, Tries, Write, asked
from kubegate.analysis.escalation.powers import WORKLOADS, Power
from kubegate.analysis.escalation.probes import NAME, ROOT, Twist, changed, claim, made_of, templates
from kubegate.analysis.escalation.workloads import existing
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix import Who
from kubegate.api.names import Object, name_of

_ENFORCE = "pod-security.kubernetes.io/enforce"


def steps(world: World, who: Who, node: str = "") -> Iterator[Step]:
    """The ways to be root on a node ("": on any)."""
    becomes = Who(NODE, "", node) if node else None
    everywhere = world.powers.of(who)
    spaces = _namespaces(world, who, everywhere)
    for namespace in spaces:
        power = world.powers.of(who, namespace)
        yield from _own_pods(world, who, namespace, power, becomes)
    for pod in world.pods.rooted:
        power = world.powers.of(who, pod.namespace)
        if node in ("", pod.node) and power & (Power.RUN | Power.CHANGE_PODS):
            for step in ways_into(world, who, pod, power, becomes or _somewhere()):
                yield Step(f"{step.text.split(', ')[0]}, which has the host", step.requests, step.tries, becomes)
    for namespace in spaces:
        power = world.powers.of(who, namespace)
        for pod in world.pods.by_namespace.get(namespace, ()) if power & Power.RUN else ():
            if node in ("", pod.node):
                for step in ways_into(world, who, pod, power, becomes or _somewhere(), privileged=True):
                    yield Step(step.text, step.requests, step.tries, becomes)
    if everywhere & Power.KUBELET:
        yield from _kubelet(world, who, node, becomes)
    for namespace in spaces:
        yield from _with_help(world, who, namespace, world.powers.of(who, namespace), becomes)


def _namespaces(world: World, who: Who, everywhere: int) -> list[str]:
    wanted = Power.CREATE_PODS | Power.CHANGE_PODS | Power.RUN
    if everywhere & wanted:
        return world.namespaces
    return sorted(world.powers.namespaces(who, wanted))


def _own_pods(world: World, who: Who, namespace: str, power: int, becomes: Who | None) -> Iterator[Step]:
    user = world.user(who)
    for group, resource in WORKLOADS if power & Power.CREATE_PODS else ():
        create = asked(user, "create", resource, group=group, namespace=namespace)
        qualified = f"{resource}.{group}" if group else resource
        yield Step(
            f"runs a pod that has the host in namespace {namespace}",
            (create,),
            _made(world, qualified, namespace, ROOT),
            becomes,
        )
    for resource, obj in existing(world, namespace) if power & Power.CHANGE_PODS else ():
        name, _, group = resource.partition(".")
        for verb in ("update", "patch"):
            write = asked(user, verb, name, group=group, namespace=namespace, name=name_of(obj))
            text = f"has {obj['kind']} {namespace}/{name_of(obj)} run pods that have the host"

            def tries(resource: str = resource, obj: Object = obj) -> Iterator[list[Object]]:
                yield from ([changed(resource, obj, "", twist)] for twist in ROOT)

            yield Step(text, (write,), tries, becomes)


def _made(world: World, qualified: str, namespace: str, twists: tuple[Twist, ...], before: tuple[Object, ...] = ()) -> Tries:
    def tries() -> Iterator[list[Write]]:
        for template in templates(world.pods, namespace, "", twists):
            yield [*before, made_of(qualified, namespace, template)]

    return tries


def _kubelet(world: World, who: Who, node: str, becomes: Who | None) -> Iterator[Step]:
    for pod in world.pods.rooted:
        if pod.node and node in ("", pod.node):
            text = f"runs commands in pod {pod.namespace}/{pod.name}, which has the host, through the kubelet"
            yield from by_proxy(world, who, pod, becomes or _somewhere(), text)
    if not world.pods.by_namespace:  # which pods run is not known; on a node, some always have the host
        for verb in ("create", "get"):
            request = asked(world.user(who), verb, "nodes", name=node, subresource="proxy")
            yield Step("runs commands in the system's pods through the kubelet", (request,), proxied(world, None), becomes)


def _with_help(world: World, who: Who, namespace: str, power: int, becomes: Who | None) -> Iterator[Step]:
    """What needs another write first: a volume of the host, a lower Pod Security level, a namespace of one's own."""
    user = world.user(who)
    for group, resource in WORKLOADS if power & Power.CREATE_PODS else ():
        create = asked(user, "create", resource, group=group, namespace=namespace)
        qualified = f"{resource}.{group}" if group else resource
        volume, wanted = _volume(), _claim(namespace)
        requests = (
            asked(user, "create", "persistentvolumes"),
            asked(user, "create", "persistentvolumeclaims", namespace=namespace),
            create,
        )
        text = f"mounts the host through a PersistentVolume in namespace {namespace}"
        yield Step(text, requests, _made(world, qualified, namespace, (claim,), (volume, wanted)), becomes)
        for verb in ("patch", "update"):
            lower = asked(user, verb, "namespaces", name=namespace, namespace=namespace)
            labelled = _lowered(world, namespace)
            text = f"labels namespace {namespace} privileged, and runs a pod that has the host"
            yield Step(text, (lower, create), _made(world, qualified, namespace, ROOT, (labelled,)), becomes)
        if world.powers.of(who) & Power.CREATE_PODS:
            mine = asked(user, "create", "namespaces")
            there = asked(user, "create", resource, group=group, namespace=NAME)
            own = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}}
            tries = _made(world, qualified, NAME, ROOT, (own, _account()))
            yield Step("runs a pod that has the host in a namespace of its own", (mine, there), tries, becomes)


def _volume() -> dict[str, Any]:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/"},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": NAME}, "spec": spec}


def _claim(namespace: str) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "",
        "volumeName": NAME,
    }
    meta = {"name": NAME, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def _lowered(world: World, namespace: str) -> dict[str, Any]:
    known = world.state.get("", "Namespace", "", namespace) or {}
    meta = dict(known.get("metadata") or {"name": namespace})
    meta["labels"] = {**(meta.get("labels") or {}), _ENFORCE: "privileged"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def _account() -> dict[str, Any]:
    """What the controller makes in every namespace."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": NAME}}


def _somewhere() -> Who:
    return Who(NODE, "", "")
