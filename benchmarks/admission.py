"""How long admission takes: ``python -m benchmarks.admission`` (or run the file).

Prints one line a figure: microseconds a pod through the default chain (mutate and validate, no webhooks, no policies), the
same under a restricted Pod Security level, with a LimitRange and a ResourceQuota that is charged, with a
ValidatingAdmissionPolicy of five expressions that matches, and beside 1,000 policies that do not.
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
GROUP = "admissionregistration.k8s.io"
EXPRESSIONS = (
    "object.spec.containers.all(c, !has(c.securityContext.privileged) || !c.securityContext.privileged)",
    "object.spec.containers.all(c, has(c.resources.limits) && 'memory' in c.resources.limits)",
    "object.spec.containers.all(c, c.image.matches('^[a-z]+:[0-9]+$'))",
    "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
    "size(object.metadata.name) < 64 && object.metadata.namespace != 'kube-system'",
)
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


def add_policy(found: MemoryCluster, name: str, resource: str, expressions: tuple[str, ...]) -> None:
    """A bound ValidatingAdmissionPolicy that denies."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": [resource], "operations": ["CREATE"]}
    match = {"resourceRules": [rule], "namespaceSelector": {}, "objectSelector": {}, "matchPolicy": "Equivalent"}
    validations = [{"expression": expression} for expression in expressions]
    spec: dict[str, Any] = {"failurePolicy": "Fail", "matchConstraints": match, "validations": validations}
    found.put(f"validatingadmissionpolicies.{GROUP}", {"metadata": {"name": name, "generation": 1}, "spec": spec})
    spec = {"policyName": name, "validationActions": ["Deny"]}
    found.put(f"validatingadmissionpolicybindings.{GROUP}", {"metadata": {"name": name}, "spec": spec})


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


def admission(found: MemoryCluster) -> Callable[[dict[str, Any]], None]:
    """The default chain over a cluster: what admits a pod or fails."""
    chain = build_admission(AdmissionOptions(), Environment(found, AlwaysAllow(), lambda: datetime.now(UTC)))

    def admit(obj: dict[str, Any]) -> None:
        namespace = obj["metadata"]["namespace"]
        for step in (chain.mutate, chain.validate):
            refusal = step(Review(Operation.CREATE, KIND, POD, ADMIN, namespace, "p", object=obj))
            assert refusal is None, refusal

    return admit


def main() -> None:
    """Measure."""
    admit = admission(cluster())
    measure("default chain, a pod", admit, "plain")
    measure("default chain, a pod, restricted", admit, "strict")
    measure("default chain, a pod, limits and quota", admit, "counted")
    with_policy, with_many = cluster(), cluster()
    add_policy(with_policy, "matching", "pods", EXPRESSIONS)
    measure("a pod, and a policy of five expressions", admission(with_policy), "plain")
    for number in range(1_000):
        add_policy(with_many, f"other-{number}", "configmaps", EXPRESSIONS)
    measure("a pod, and 1,000 policies of other resources", admission(with_many), "plain", 200)


if __name__ == "__main__":
    main()
