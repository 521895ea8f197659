"""How long one RBAC decision takes, at growing numbers of bindings; `python benchmarks/rbac.py`.

Policy sets are made up at the proportions of real clusters. Printed per size: load time and memory, median and 99th
percentile of a decision (few subjects ask most, as in a cluster; in brackets all subjects alike, which is mostly waiting for
memory), the time until a changed binding counts, `who-can`, and the ratio to a naive scan of all bindings.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import who_can
from kubegate.authz.reference import decide

SIZES = {  # RoleBindings: (ClusterRoleBindings, Roles, ClusterRoles)
    1_000: (150, 300, 160),
    4_491: (676, 1_374, 721),
    40_000: (1_000, 4_000, 1_000),
    100_000: (1_000, 10_000, 1_000),
}
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
RESOURCES = tuple(f"{stem}{number}" for stem in ("pods", "jobs", "secrets", "things") for number in range(12))


def policy(size: int, chance: random.Random) -> list[Object]:
    """RBAC objects: `size` RoleBindings over size/20 namespaces, and the rest in proportion."""
    cluster_bindings, roles, cluster_roles = SIZES[size]
    namespaces = [f"ns-{number}" for number in range(max(1, size // 20))]
    api = "rbac.authorization.k8s.io"

    def rules() -> list[dict[str, Any]]:
        return [
            {
                "verbs": chance.sample(VERBS, chance.randint(1, 4)),
                "apiGroups": [chance.choice(("", "apps", "batch"))],
                "resources": chance.sample(RESOURCES, chance.randint(1, 6)),
            }
            for _ in range(chance.randint(1, 8))
        ]

    def binding(kind: str, name: str, namespace: str, role: tuple[str, str]) -> Object:
        subject = chance.choice(("User", "Group", "ServiceAccount"))
        who = {"kind": subject, "name": f"{subject.lower()}-{chance.randrange(max(10, size // 8))}"}
        who |= {"namespace": chance.choice(namespaces)} if subject == "ServiceAccount" else {"apiGroup": api}
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
        ref = {"apiGroup": api, "kind": role[0], "name": role[1]}
        return {"apiVersion": f"{api}/v1", "kind": kind, "metadata": metadata, "roleRef": ref, "subjects": [who]}

    objects: list[Object] = []
    for number in range(cluster_roles):
        objects.append({"kind": "ClusterRole", "metadata": {"name": f"cr-{number}"}, "rules": rules()})
    for number in range(roles):
        where = {"name": f"r-{number % 20}", "namespace": namespaces[number % len(namespaces)]}
        objects.append({"kind": "Role", "metadata": where, "rules": rules()})
    for number in range(cluster_bindings):
        objects.append(
            binding("ClusterRoleBinding", f"crb-{number}", "", ("ClusterRole", f"cr-{chance.randrange(cluster_roles)}"))
        )
    for number in range(size):
        objects.append(
            binding(
                "RoleBinding",
                f"rb-{number}",
                chance.choice(namespaces),
                ("ClusterRole", f"cr-{chance.randrange(cluster_roles)}"),
            )
        )
    return objects


def requests(objects: list[Object], chance: random.Random, count: int, *, skew: int) -> list[Attributes]:
    """Requests of subjects of RoleBindings in the binding's namespace. ``skew`` 1: every binding is as likely; more: few
    subjects ask most, as the controllers of a cluster do."""
    bindings = [obj for obj in objects if obj["kind"] == "RoleBinding"]
    users = max(10, len(bindings) // 8)
    asked = []
    for _ in range(count):
        found = bindings[int(len(bindings) * chance.random() ** skew)]
        subject, namespace = found["subjects"][0], found["metadata"]["namespace"]
        groups = ("system:authenticated",)
        name = subject["name"]
        if subject["kind"] == "Group":
            groups, name = (name, *groups), f"user-{chance.randrange(users)}"
        elif subject["kind"] == "ServiceAccount":
            name = f"system:serviceaccount:{subject['namespace']}:{name}"
        verb, resource = chance.choice(VERBS), chance.choice(RESOURCES)
        group = chance.choice(("", "apps", "batch"))
        asked.append(Attributes(User(name, groups=groups), verb, group=group, resource=resource, namespace=namespace))
    return asked


def nanoseconds(asked: list[Attributes], authorizer: RbacAuthorizer) -> list[int]:
    """The time of each decision."""
    clock, authorize = time.perf_counter_ns, authorizer.authorize
    taken = []
    for attributes in asked:
        start = clock()
        authorize(attributes)
        taken.append(clock() - start)
    return taken


def quantiles(asked: list[Attributes], authorizer: RbacAuthorizer) -> tuple[float, float]:
    """Median and 99th percentile in microseconds, after one round to warm up."""
    nanoseconds(asked, authorizer)
    taken = sorted(nanoseconds(asked, authorizer))
    return statistics.median(taken) / 1e3, taken[len(taken) * 99 // 100] / 1e3


def measure(size: int) -> float:
    """Print a line; returns the median in microseconds."""
    chance = random.Random(size)
    objects = policy(size, chance)
    start = time.perf_counter()
    authorizer = RbacAuthorizer(objects)
    load = time.perf_counter() - start
    tracemalloc.start()
    keep = RbacAuthorizer(objects)
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del keep
    spread = requests(objects, chance, 20_000, skew=1)
    cold, cold_p99 = quantiles(spread, authorizer)
    asked = requests(objects, chance, 20_000, skew=8)
    median, p99 = quantiles(asked, authorizer)
    start = time.perf_counter()
    for attributes in asked[:20]:
        decide(objects, attributes)
    naive = (time.perf_counter() - start) / 20 * 1e6
    changed = {**objects[-1], "subjects": [{"kind": "User", "name": "somebody-new"}]}
    start = time.perf_counter()
    authorizer.upsert(changed)
    authorizer.authorize(
        Attributes(User("somebody-new"), "get", resource="pods0", namespace=changed["metadata"]["namespace"])
    )
    change = (time.perf_counter() - start) * 1e3
    start = time.perf_counter()
    who = who_can(authorizer, Attributes(User(""), "get", resource="secrets3", namespace="ns-1"))
    query = (time.perf_counter() - start) * 1e3
    print(
        f"{size:>7} RoleBindings: load {load:5.2f} s, {memory:5.0f} MB; "
        f"decision median {median:5.2f} us, p99 {p99:5.2f} us "
        f"(every subject as likely: {cold:5.2f}, {cold_p99:5.2f}); naive scan {naive:9.0f} us ({naive / median:,.0f}x); "
        f"change {change:5.3f} ms; who-can {query:5.1f} ms ({len(who)} found)"
    )
    return median


def main() -> None:
    """All sizes, then how flat the median is."""
    medians = [measure(size) for size in SIZES]
    print(f"slowest median / fastest median: {max(medians) / min(medians):.2f}")


if __name__ == "__main__":
    main()
