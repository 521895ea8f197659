"""The smallest set of bindings whose removal breaks all paths."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from kubegate.analysis.escalation.cut import Cut, smallest_cut
from kubegate.analysis.escalation.hitting_set import smallest
from kubegate.analysis.escalation.paths import find_paths


def cut_of(found: Any) -> tuple[Cut, list[str]]:
    cut = smallest_cut(found.world, found.starts, find_paths(found.world, found.starts))
    with found.world.without(binding.id for binding in cut.bindings):
        left = find_paths(found.world, found.starts)
    assert [path.subject for path in left] == [path.subject for path in cut.unbreakable]
    return cut, [binding.name for binding in cut.bindings]


def test_the_binding_that_all_paths_share(cluster: Any, make: Any) -> None:
    creates = make.role("creates", make.rule("create", "serviceaccounts/token"))
    objects = [make.binding(name, "creates", make.user(name), "ops") for name in ("eve", "bob", "kim")]
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    cut, names = cut_of(cluster(creates, admin, *objects))
    assert (names, cut.exact, cut.unbreakable) == (["op"], True, ())


def test_other_ways_are_found_when_one_is_broken(cluster: Any, make: Any) -> None:
    creates = make.role("creates", make.rule("create", "serviceaccounts/token"))
    admins = [make.binding(name, "cluster-admin", make.account(name, "ops")) for name in ("op1", "op2", "op3")]
    twice = [make.binding(name, "creates", make.user("eve"), "ops") for name in ("eve1", "eve2")]
    cut, names = cut_of(cluster(creates, *admins, *twice))
    assert (names, cut.exact) == (["eve1", "eve2"], True)


def test_what_every_cluster_has_is_not_taken_away(cluster: Any, make: Any) -> None:
    own = make.eve(make.rule("create", "serviceaccounts/token"), namespace="kube-system")
    _, names = cut_of(cluster(*own))
    assert names == ["eve-kube-system"]


def test_the_world_is_as_it_was_afterwards(cluster: Any, make: Any) -> None:
    found = cluster(*make.eve(make.rule("get", "secrets")))
    before = found.reaches()
    cut_of(found)
    assert found.reaches() == before != {}


def test_paths_that_no_binding_breaks_are_told(cluster: Any, make: Any) -> None:
    allow = {
        "apiVersion": "policy.kubegate.dev/v1alpha1",
        "kind": "AccessPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "effect": "Allow",
            "subjects": [{"kind": "User", "name": "eve"}],
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
        },
    }
    cut, names = cut_of(cluster(*make.eve(), allow))
    assert names == [] and [str(path.subject) for path in cut.unbreakable] == ["User eve"]


def by_trying(sets: list[frozenset[str]]) -> int:
    elements = sorted(set().union(*sets))
    return next(
        size
        for size in range(len(elements) + 1)
        if any(all(set(chosen) & one for one in sets) for chosen in itertools.combinations(elements, size))
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_smallest_hitting_set_is_that_of_trying_all(seed: int) -> None:
    chance = random.Random(seed)
    elements = "abcdefghi"[: chance.randint(3, 9)]
    sets = [
        frozenset(chance.sample(elements, chance.randint(1, min(4, len(elements))))) for _ in range(chance.randint(1, 14))
    ]
    found, exact = smallest(sets)
    assert exact and all(found & one for one in sets)
    assert len(found) == by_trying(sets)


def test_without_budget_it_is_not_said_to_be_the_smallest() -> None:
    sets = [frozenset(pair) for pair in itertools.combinations("abcdefg", 3)]
    found, exact = smallest(sets, max_nodes=2)
    assert not exact and all(found & one for one in sets)


RULES = [
    ("create", "serviceaccounts/token"),
    ("create", "pods/exec"),
    ("impersonate", "serviceaccounts"),
    ("get", "secrets"),
]


@pytest.mark.parametrize("seed", range(4))
def test_the_cut_is_as_small_as_trying_all_sets_says(cluster: Any, make: Any, seed: int) -> None:
    chance = random.Random(seed)
    roles = [make.role(f"r{number}", make.rule(*rule)) for number, rule in enumerate(RULES)]
    subjects = [make.user("eve"), make.user("bob"), make.account("a", "n1"), make.account("b", "n2")]
    bindings = [
        make.binding(f"b{n}", f"r{chance.randrange(4)}", chance.choice(subjects), chance.choice(("n1", "n2", "kube-system")))
        for n in range(5)
    ]
    bindings += [make.binding(f"c{n}", "cluster-admin", chance.choice(subjects[2:])) for n in range(2)]
    pods = [make.pod("p", "n1", "a"), make.pod("p", "n2", "b")]
    found = cluster(*roles, *bindings, *pods, admission=False)
    cut, _ = cut_of(found)

    def breaks(chosen: tuple[Any, ...]) -> bool:
        with found.world.without(chosen):
            return not find_paths(found.world, found.starts)

    own = [binding.id for binding in found.world.rbac.bindings() if binding.name[0] in "bc" and binding.name[1:].isdigit()]
    sizes = range(len(own) + 1)
    smallest_size = next(size for size in sizes if any(map(breaks, itertools.combinations(own, size))))
    assert cut.exact and len(cut.bindings) == smallest_size
