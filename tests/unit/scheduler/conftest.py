"""Short forms of nodes and pods for the tests of the scheduler."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Filter, Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection


def node(name: str, *, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    allocatable = {"cpu": spec.pop("cpu", "4"), "memory": spec.pop("memory", "8Gi"), "pods": spec.pop("pods", "110")}
    allocatable |= spec.pop("extra", {})
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": allocatable, **({"images": spec.pop("images")} if "images" in spec else {})},
    }


def pod(name: str = "p", *, namespace: str = "default", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    requests = {key: spec.pop(key) for key in ("cpu", "memory") if key in spec}
    status = spec.pop("status", {})
    spec.setdefault("containers", [{"name": "c", "image": "i", "resources": {"requests": requests}}])
    meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": labels or {}}
    return {"metadata": meta, "spec": spec, "status": status}


def info(name: str = "p", **more: Any) -> PodInfo:
    return PodInfo(pod(name, **more))


def cluster(*nodes: Object, pods: dict[str, list[Object]] | None = None, **objects: list[Object]) -> Cluster:
    """``pods``: node name -> its pods; further keywords: resource (``_`` for ``.``) -> objects."""
    made = Cluster()
    for resource, found in objects.items():
        for obj in found:
            made.put(resource.replace("_", "."), obj)
    for obj in nodes:
        made.put_node(obj)
    for where, found in (pods or {}).items():
        for obj in found:
            obj["spec"]["nodeName"] = where
            made.put_pod(PodInfo(obj), where)
    return made


def refusals(plugin: Filter, wanted: PodInfo, where: Cluster) -> dict[str, tuple[str, ...]] | Rejection | None:
    """What a filter says to each node that it refuses; what it says beforehand, if it does."""
    prepared = plugin.prepare(wanted, where)
    if not isinstance(prepared, Prepared):
        return prepared
    found = {name: prepared.check(known) for name, known in where.nodes.items()}
    return {name: refusal.reasons for name, refusal in found.items() if refusal}


def nodes_of(where: Cluster) -> list[NodeInfo]:
    return list(where.nodes.values())


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders of this file (the tests import nothing of each other)."""
    return SimpleNamespace(node=node, pod=pod, info=info, cluster=cluster, refusals=refusals, nodes_of=nodes_of)
