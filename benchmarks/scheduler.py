"""How many pods a second are scheduled: ``python -m benchmarks.scheduler`` (the decisions alone, no server)."""

from __future__ import annotations

import sys
import time
from random import Random
from typing import Any

from kubegate.api.names import Object
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.scheduler import Scheduler

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
WEB = {"app": "web"}


class Silent:
    """An API that takes everything."""

    def bind(self, pod: PodInfo, node_name: str) -> None:
        """Bound."""

    def patch_status(self, pod: PodInfo, patch: Object) -> None:
        """Patched."""

    def delete_pod(self, pod: PodInfo) -> None:
        """Deleted."""

    def create_event(self, event: Object) -> None:
        """Written."""

    def patch(self, resource: str, namespace: str, name: str, patch: Object) -> None:
        """Patched."""


def node(index: int) -> Object:
    labels = {HOST: f"n{index}", ZONE: f"z{index % 3}"}
    status = {"allocatable": {"cpu": "16", "memory": "64Gi", "pods": "250"}}
    return {"metadata": {"name": f"n{index}", "labels": labels}, "spec": {}, "status": status}


def pod(index: int, **spec: Any) -> Object:
    meta = {"name": f"p{index}", "namespace": "default", "uid": str(index), "labels": WEB}
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    return {"metadata": meta, "spec": {"containers": [container], **spec}}


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "spread over zones": {
        "topologySpreadConstraints": [
            {"topologyKey": ZONE, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": WEB}}
        ]
    },
    "prefer other hosts": {
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "podAffinityTerm": {"topologyKey": HOST, "labelSelector": {"matchLabels": WEB}}}
                ]
            }
        }
    },
}


def rate(nodes: int, pods: int, spec: dict[str, Any]) -> float:
    scheduler = Scheduler(Silent(), time.monotonic, random=Random(1))
    for index in range(nodes):
        scheduler.observe("nodes", node(index))
    for index in range(pods):
        scheduler.observe("pods", pod(index, **spec))
    began = time.perf_counter()
    while scheduler.step():
        pass
    assert len(scheduler.cluster.pods) == pods
    return pods / (time.perf_counter() - began)


def main() -> None:
    for nodes, pods in ((10, 500), (100, 500), (1000, 300)):
        for name, spec in KINDS.items():
            print(f"{nodes:5} nodes, {name:20} {rate(nodes, pods, spec):8.0f} pods a second")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
