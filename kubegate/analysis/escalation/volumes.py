"""Volumes of the host: new PersistentVolumes, and those that are there. Pod Security does not see what is behind a claim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.hosts import NAME, claim
from kubegate.analysis.escalation.model import Step, Write, asked
from kubegate.analysis.escalation.powers import WORKLOADS
from kubegate.analysis.escalation.probes import made_of, templates
from kubegate.analysis.escalation.running import is_risky
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, name_of


def steps(world: World, who: Who, namespace: str, becomes: Who | None) -> Iterator[Step]:
    """The ways by pods that somebody may create in a namespace."""
    user = world.user(who)
    claims = asked(user, "create", "persistentvolumeclaims", namespace=namespace)
    make = asked(user, "create", "persistentvolumes")
    yield from _pods(
        world,
        who,
        namespace,
        f"mounts the host through a PersistentVolume in namespace {namespace}",
        (make, claims),
        [(_volume(source), _claim(namespace, NAME)) for source in _SOURCES],
        becomes,
    )
    for volume in _of_host(world):
        name, bound = name_of(volume), (volume.get("spec") or {}).get("claimRef") or {}
        if not bound:
            text = f"claims PersistentVolume {name}, a path of the host, in namespace {namespace}"
            yield from _pods(world, who, namespace, text, (claims,), [(_claim(namespace, name, volume),)], becomes)
        elif bound.get("namespace") == namespace:
            text = f"mounts claim {namespace}/{bound.get('name')}, a path of the host"
            yield from _pods(world, who, namespace, text, (), [()], becomes, str(bound.get("name")))


def _pods(
    world: World,
    who: Who,
    namespace: str,
    text: str,
    requests: tuple[Any, ...],
    before: list[tuple[Object, ...]],
    becomes: Who | None,
    claimed: str = NAME,
) -> Iterator[Step]:
    for group, resource in WORKLOADS:
        create = asked(world.user(who), "create", resource, group=group, namespace=namespace)
        qualified = f"{resource}.{group}" if group else resource

        def tries(qualified: str = qualified) -> Iterator[list[Write]]:
            for first in before:
                for template in templates(world.pods, namespace, world.hints, claim(claimed)):
                    yield [*first, made_of(qualified, namespace, template)]

        yield Step(text, (*requests, create), tries, becomes)


def _of_host(world: World) -> list[Object]:
    """Those that are there, of paths by which one is root on the node."""
    found = world.remember("volumes of the host", lambda: _risky(world), lambda _: frozenset())
    return found or []


def _risky(world: World) -> list[Object]:
    return [obj for obj in world.state.of_kind("", "PersistentVolume") if is_risky(str(_path(obj.get("spec") or {})))]


def _path(spec: dict[str, Any]) -> str:
    return (spec.get("hostPath") or {}).get("path") or (spec.get("local") or {}).get("path") or ""


_ANYWHERE = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "Exists"}]}]}
_SOURCES: tuple[dict[str, Any], ...] = (
    {"hostPath": {"path": "/"}},
    {"local": {"path": "/"}, "nodeAffinity": {"required": _ANYWHERE}},
    {"hostPath": {"path": "/run/containerd"}},
)


def _volume(source: dict[str, Any]) -> dict[str, Any]:
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": NAME}, "spec": spec}


def _claim(namespace: str, volume: str, of: Object | None = None) -> dict[str, Any]:
    """A claim of one volume; of one that is there, with the size, modes and class that it has."""
    known = (of or {}).get("spec") or {}
    spec = {
        "accessModes": known.get("accessModes") or ["ReadWriteOnce"],
        "resources": {"requests": {"storage": (known.get("capacity") or {}).get("storage") or "1Gi"}},
        "storageClassName": known.get("storageClassName") or "",
        "volumeName": volume,
    }
    meta = {"name": NAME, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
