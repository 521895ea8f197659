"""How long one RBAC decision takes, at growing numbers of bindings; `python -m benchmarks.rbac`.

Policy sets are made up at the proportions of real clusters. Printed per size: load time and memory, a naive scan of all
bindings, the time until a changed binding counts, `who-can`, and median and 99th percentile of a decision under three loads:
the subjects of 100 bindings ask, whatever the number of bindings is; few of all subjects ask most, so that more ask where
there are more; all subjects ask alike, which is mostly waiting for memory; and the last again, as in a cluster with logins:
a server's own roles and bindings are there, one binding's role is not, and each user is in five groups more. In the end the
ratios of the medians.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import orjson

from benchmarks._policies import SIZES, policy, requests
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import who_can
from kubegate.authz.reference import decide
from kubegate.authz.reviews import subject_access_review
from kubegate.authz.webhook.wire import spec_of
from kubegate.bundle.bootstrap import rbac_objects

REQUESTS = 20_000
FEW = 100
ROUNDS = 7
SLICES = 10


def reviews(asked: list[Attributes]) -> list[bytes]:
    """Questions as they come over the wire."""
    return [orjson.dumps({"spec": spec_of(attributes)}) for attributes in asked]


def nanoseconds(questions: list[bytes], authorizer: RbacAuthorizer) -> list[int]:
    """The time of each decision, without that of reading the clock. The question is read right before, as in a server: its
    texts are new ones, and what reading it needs has taken its place in the processor's cache."""
    clock, authorize, read = time.perf_counter_ns, authorizer.authorize, orjson.loads
    idle = statistics.median_low([-clock() + clock() for _ in range(1_000)])
    taken = []
    for question in questions:
        attributes = subject_access_review(read(question))
        start = clock()
        authorize(attributes)
        taken.append(clock() - start - idle)
    return taken


def quantiles(taken: list[int]) -> tuple[float, float]:
    """Median and 99th percentile in microseconds."""
    taken.sort()
    return taken[len(taken) // 2] / 1e3, taken[len(taken) * 99 // 100] / 1e3


class Load:
    """Questions to one index, asked slice by slice; ``rounds`` are the quantiles of each time all were asked."""

    def __init__(self, asked: list[Attributes], authorizer: RbacAuthorizer) -> None:
        self.questions = reviews(asked)
        self.authorizer = authorizer
        self.rounds: list[tuple[float, float]] = []
        self._taken: list[int] = []

    def ask(self, slice_: int) -> None:
        """One slice of the questions."""
        count = REQUESTS // SLICES
        self._taken += nanoseconds(self.questions[slice_ * count : (slice_ + 1) * count], self.authorizer)

    def end_round(self) -> None:
        """Count what was asked as one round."""
        self.rounds.append(quantiles(self._taken))
        self._taken = []

    def __str__(self) -> str:
        median, p99 = (statistics.median(values) for values in zip(*self.rounds, strict=True))
        return f"{median:5.2f} us, p99 {p99:5.2f}"


def dangling(binding: Object) -> Object:
    """A binding to a role that is missing."""
    return {**binding, "metadata": {**binding["metadata"], "name": "dangling"}, "roleRef": {"kind": "Role", "name": "gone"}}


def in_more_groups(asked: Attributes, chance: random.Random) -> Attributes:
    """The same request by a user with the groups of a login, which no binding names."""
    number = chance.randrange(5_000)
    groups = (f"org-{number}", f"team-{number}", "staff", "vpn-users", "engineers", *asked.user.groups)
    return replace(asked, user=User(asked.user.name, groups=groups))


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
        alike = requests(self.objects, chance, REQUESTS, skew=1)
        around = RbacAuthorizer([*rbac_objects(), dangling(self.objects[-1]), *self.objects])
        self.loads = {
            "the same number of subjects": Load(requests(few, chance, REQUESTS, skew=1), self.authorizer),
            "few of all subjects ask most": Load(self.asked, self.authorizer),
            "all subjects alike": Load(alike, self.authorizer),
            "all alike, in more groups": Load([in_more_groups(each, chance) for each in alike], around),
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
                    subject.loads[name].ask(slice_)
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
