"""The Node authorizer in a big cluster: ``python -m benchmarks.node`` (5,000 nodes, 150,000 pods, 30,000 volumes).

All volumes share the driver's secret, as they do in real clusters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import NODES, User
from kubegate.authz.interface import Attributes
from kubegate.authz.node.authorizer import NODE_PREFIX, NodeAuthorizer

COUNT, PODS, WITH_CLAIM = 5_000, 150_000, 5
SAMPLE = range(0, PODS, 70)


def _pod(number: int) -> Object:
    volumes: list[dict[str, Any]] = [
        {"projected": {"sources": [{"serviceAccountToken": {}}, {"configMap": {"name": "kube-root-ca.crt"}}]}},
        {"secret": {"secretName": f"secret-{number % 40}"}},
    ]
    if number % WITH_CLAIM == 0:
        volumes.append({"persistentVolumeClaim": {"claimName": f"claim-{number}"}})
    spec = {"nodeName": f"node-{number % COUNT}", "serviceAccountName": "default", "volumes": volumes}
    return {"kind": "Pod", "metadata": {"name": f"pod-{number}", "namespace": f"ns-{number % 1_500}"}, "spec": spec}


def _volume(number: int) -> Object:
    claim = {"namespace": f"ns-{number % 1_500}", "name": f"claim-{number}"}
    csi = {"driver": "d", "nodeStageSecretRef": {"name": "stage", "namespace": "csi"}}
    return {"kind": "PersistentVolume", "metadata": {"name": f"pv-{number}"}, "spec": {"claimRef": claim, "csi": csi}}


def _asks(number: int, resource: str, namespace: str, name: str) -> Attributes:
    user = User(f"{NODE_PREFIX}node-{number % COUNT}", groups=(NODES,))
    return Attributes(user, "get", True, "", "v1", resource, "", namespace, name)


def _show(what: str, function: Callable[[Any], object], arguments: Sequence[Any]) -> None:
    taken = []
    for argument in arguments:
        begun = time.perf_counter_ns()
        function(argument)
        taken.append(time.perf_counter_ns() - begun)
    taken.sort()
    print(f"{what:34}{taken[len(taken) // 2] / 1e3:8.1f} us median{taken[len(taken) * 99 // 100] / 1e3:8.1f} us p99")


def _resident() -> int:
    """MB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 // 2**20


def _fill(authorizer: NodeAuthorizer, objects: Iterable[Object]) -> None:
    for obj in objects:
        authorizer.upsert(obj)


def main() -> None:
    authorizer, before, begun = NodeAuthorizer(), _resident(), time.perf_counter()
    _fill(authorizer, map(_pod, range(PODS)))
    _fill(authorizer, map(_volume, range(0, PODS, WITH_CLAIM)))
    print(f"{PODS} pods, {PODS // WITH_CLAIM} volumes: {time.perf_counter() - begun:.1f} s, {_resident() - before} MB")
    pods = [_pod(number) for number in SAMPLE]
    volumes = [_volume(number) for number in SAMPLE]
    _show("a pod reports its status", authorizer.upsert, pods)
    _show("a pod goes", lambda pod: authorizer.remove("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"]), pods)
    _show("a pod is bound", authorizer.upsert, pods)
    _show("a volume goes", lambda volume: authorizer.remove("PersistentVolume", "", volume["metadata"]["name"]), volumes)
    _show("a volume is bound", authorizer.upsert, volumes)
    own = [_asks(number, "secrets", f"ns-{number % 1_500}", f"secret-{number % 40}") for number in SAMPLE]
    _show("decision: secret of a pod", authorizer.authorize, own)
    _show("decision: secret of all volumes", authorizer.authorize, [_asks(n, "secrets", "csi", "stage") for n in SAMPLE])
    _show("decision: secret of nobody here", authorizer.authorize, [_asks(n, "secrets", "csi", "other") for n in SAMPLE])


if __name__ == "__main__":
    main()
