"""How long admission takes: ``python -m benchmarks.admission`` (or run the file).

Prints one line a figure: microseconds a pod through the default chain (mutate and validate, no webhooks, no policies), the
same under a restricted Pod Security level, and with a LimitRange and a ResourceQuota that is charged.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kubegate.admission.interface import Environment, Operation, Review
from kubegate.admission.memory import MemoryCluster
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import MASTERS, User
from kubegate.authz.always import AlwaysAllow
from kubegate.compose.admission import build_admission
from kubegate.config.admission import AdmissionOptions

POD = GroupVersionResource("", "v1", "pods")
KIND = GroupVersionKind("", "v1", "Pod")
ADMIN = User.of("admin", [MASTERS])
LEVEL = "pod-security.kubernetes.io/enforce"
CONTEXT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(namespace: str) -> dict[str, Any]:
    """A pod with two containers, as defaulting leaves it."""
    resources = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}
    containers = [
        {"name": name, "image": "img:1", "resources": resources, "securityContext": CONTEXT} for name in ("a", "b")
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": namespace},
        "spec": {"containers": containers},
    }


def cluster() -> MemoryCluster:
    """Namespaces with and without policies."""
    found = MemoryCluster()
    for name, labels in (("plain", {}), ("strict", {LEVEL: "restricted"}), ("counted", {})):
        meta = {"name": name, "labels": labels}
        found.put("namespaces", {"kind": "Namespace", "metadata": meta, "status": {"phase": "Active"}})
        found.put("serviceaccounts", {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}})
    limits = [{"type": "Container", "max": {"cpu": "1"}, "default": {"cpu": "500m"}}]
    found.put("limitranges", {"metadata": {"name": "l", "namespace": "counted"}, "spec": {"limits": limits}})
    hard = {"pods": "1000000", "requests.cpu": "100000"}
    status = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    found.put(
        "resourcequotas", {"metadata": {"name": "q", "namespace": "counted"}, "spec": {"hard": hard}, "status": status}
    )
    return found


def measure(name: str, work: Callable[[dict[str, Any]], None], namespace: str, rounds: int = 2000) -> None:
    """Print the best of five averages."""
    best = float("inf")
    for _ in range(5):
        pods = [copy.deepcopy(pod(namespace)) for _ in range(rounds)]
        start = time.perf_counter()
        for obj in pods:
            work(obj)
        best = min(best, (time.perf_counter() - start) / rounds)
    print(f"{name}: {best * 1e6:.0f} us")


def main() -> None:
    """Measure."""
    environment = Environment(cluster(), AlwaysAllow(), lambda: datetime.now(UTC))
    chain = build_admission(AdmissionOptions(), environment)

    def admit(obj: dict[str, Any]) -> None:
        namespace = obj["metadata"]["namespace"]
        for step in (chain.mutate, chain.validate):
            refusal = step(Review(Operation.CREATE, KIND, POD, ADMIN, namespace, "p", object=obj))
            assert refusal is None, refusal

    measure("default chain, a pod", admit, "plain")
    measure("default chain, a pod, restricted", admit, "strict")
    measure("default chain, a pod, limits and quota", admit, "counted")


if __name__ == "__main__":
    main()
