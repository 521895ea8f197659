"""How long one RBAC decision takes, at growing numbers of bindings; `python -m benchmarks.rbac`.

Policy sets are made up at the proportions of real clusters. Printed per size: load time and memory, a naive scan of all
bindings, the time until a changed binding counts, `who-can`, and median and 99th percentile of a decision under three loads:
the subjects of 100 bindings ask, whatever the number of bindings is; few of all subjects ask most, so that more ask where
there are more; all subjects ask alike, which is mostly waiting for memory. In the end the ratios of the medians.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import orjson

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import who_can
from kubegate.authz.reference import decide
from kubegate.authz.reviews import subject_access_review
from kubegate.authz.webhook.wire import spec_of

REQUESTS = 20_000
FEW = 100
ROUNDS = 7
SLICES = 10
SIZES = {  # RoleBindings: (ClusterRoleBindings, Roles, ClusterRoles)
    100: (20, 30, 80),
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
    """Requests of subjects of RoleBindings in the binding's namespace, half of them for what the binding's role allows.
    ``skew`` 1: every binding, and every member of a group, is as likely; more: few ask most, as in a cluster."""
    bindings = [obj for obj in objects if obj["kind"] == "RoleBinding"]
    rules = {obj["metadata"]["name"]: obj["rules"] for obj in objects if obj["kind"] == "ClusterRole"}
    users = max(10, len(bindings) // 8)
    asked = []
    for _ in range(count):
        found = bindings[int(len(bindings) * chance.random() ** skew)]
        subject, namespace = found["subjects"][0], found["metadata"]["namespace"]
        groups = ("system:authenticated",)
        name = subject["name"]
        if subject["kind"] == "Group":
            groups, name = (name, *groups), f"user-{int(users * chance.random() ** skew)}"
        elif subject["kind"] == "ServiceAccount":
            name = f"system:serviceaccount:{subject['namespace']}:{name}"
        rule = {"verbs": VERBS, "apiGroups": ("", "apps", "batch"), "resources": RESOURCES}
        if chance.random() < 0.5:
            rule = chance.choice(rules[found["roleRef"]["name"]])
        verb, group, resource = (chance.choice(rule[field]) for field in ("verbs", "apiGroups", "resources"))
        asked.append(Attributes(User(name, groups=groups), verb, group=group, resource=resource, namespace=namespace))
    return asked


def reviews(asked: list[Attributes]) -> list[bytes]:
    """Questions as they come over the wire."""
    return [orjson.dumps({"spec": spec_of(attributes)}) for attributes in asked]


def nanoseconds(questions: list[bytes], authorizer: RbacAuthorizer) -> list[int]:
    """The time of each decision. The question is read right before, as in a server: its texts are new ones, and what
    reading it needs has taken its place in the processor's cache."""
    clock, authorize, read = time.perf_counter_ns, authorizer.authorize, orjson.loads
    taken = []
    for question in questions:
        attributes = subject_access_review(read(question))
        start = clock()
        authorize(attributes)
        taken.append(clock() - start)
    return taken


def quantiles(taken: list[int]) -> tuple[float, float]:
    """Median and 99th percentile in microseconds."""
    taken.sort()
    return taken[len(taken) // 2] / 1e3, taken[len(taken) * 99 // 100] / 1e3


class Load:
    """Questions to one index, asked slice by slice; ``rounds`` are the quantiles of each time all were asked."""

    def __init__(self, asked: list[Attributes]) -> None:
        self.questions = reviews(asked)
        self.rounds: list[tuple[float, float]] = []
        self._taken: list[int] = []

    def ask(self, slice_: int, authorizer: RbacAuthorizer) -> None:
        """One slice of the questions."""
        count = REQUESTS // SLICES
        self._taken += nanoseconds(self.questions[slice_ * count : (slice_ + 1) * count], authorizer)

    def end_round(self) -> None:
        """Count what was asked as one round."""
        self.rounds.append(quantiles(self._taken))
        self._taken = []

    def __str__(self) -> str:
        median, p99 = (statistics.median(values) for values in zip(*self.rounds, strict=True))
        return f"{median:5.2f} us, p99 {p99:5.2f}"


class Subject:
    """One size: the index, and what is asked of it."""

    def __init__(self, size: int) -> None:
        chance = random.Random(size)
        self.size = size
        self.objects = policy(size, chance)
        start = time.perf_counter()
        self.authorizer = RbacAuthorizer(self.objects)
        self.load = time.perf_counter() - start
        few = [*chance.sample(self.objects[-size:], FEW), *(obj for obj in self.objects if obj["kind"] == "ClusterRole")]
        self.asked = requests(self.objects, chance, REQUESTS, skew=8)
        self.loads = {
            "the same number of subjects": Load(requests(few, chance, REQUESTS, skew=1)),
            "few of all subjects ask most": Load(self.asked),
            "all subjects alike": Load(requests(self.objects, chance, REQUESTS, skew=1)),
        }

    def describe(self) -> str:
        """The lines of this size."""
        naive = microseconds(lambda: [decide(self.objects, attributes) for attributes in self.asked[:20]]) / 20
        new = {**self.objects[-1], "subjects": [{"kind": "User", "name": "somebody-new"}]}
        where = new["metadata"]["namespace"]
        question = Attributes(User("somebody-new"), "get", resource="pods0", namespace=where)
        change = microseconds(lambda: (self.authorizer.upsert(new), self.authorizer.authorize(question)))
        anybody = Attributes(User(""), "get", resource="secrets3", namespace="ns-1")
        query = microseconds(lambda: who_can(self.authorizer, anybody))
        lines = [f"  decision, {name}: median {load}" for name, load in self.loads.items()]
        rest = f"naive scan {naive:,.0f} us; change {change / 1e3:.3f} ms; who-can {query / 1e3:.1f} ms"
        head = f"{self.size:,} RoleBindings: load {self.load:.2f} s, {self.memory():.0f} MB; {rest}"
        return "\n".join((head, *lines))

    def memory(self) -> float:
        """What the index takes, in MB."""
        tracemalloc.start()
        again = RbacAuthorizer(self.objects)
        taken = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        del again
        return taken


def microseconds(work: Callable[[], object]) -> float:
    """How long something takes once."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6


def main() -> None:
    """All sizes in turns, slice by slice and several times, so that a busy machine slows all of them; then how flat the
    median is."""
    subjects = [Subject(size) for size in SIZES]
    gc.freeze()
    for name in subjects[0].loads:
        for number in range(ROUNDS + 1):
            for slice_ in range(SLICES):
                for subject in subjects:
                    subject.loads[name].ask(slice_, subject.authorizer)
            for subject in subjects:
                subject.loads[name].end_round()
                if number == 0:  # it warmed up
                    subject.loads[name].rounds.clear()
    for subject in subjects:
        print(subject.describe())
    for name, largest in subjects[-1].loads.items():
        ratios = []
        for subject in subjects[:-1]:
            pairs = zip(subject.loads[name].rounds, largest.rounds, strict=True)
            ratios.append(f"{statistics.median(big[0] / small[0] for small, big in pairs):.2f} to {subject.size:,}")
        print(f"median at {subjects[-1].size:,}, {name}: ratio {', '.join(ratios)}")


if __name__ == "__main__":
    main()
