"""Policies that cut each other into very many pieces: what is listed is true, and what is not listed is said."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from kubegate.analysis.diff import identities as among
from kubegate.analysis.diff import remaining as bounds
from kubegate.analysis.diff.boxes import Box, ResourceBox, difference
from kubegate.analysis.diff.compare import Direction
from kubegate.analysis.diff.effective import Effective
from kubegate.analysis.diff.patterns import overlaps
from kubegate.analysis.diff.remaining import Steps, TooMany, apart, remaining
from kubegate.analysis.diff.search import Search, Side
from kubegate.analysis.diff.sets import PolicySet, _sides, compare_sets
from kubegate.analysis.diff.values import ANY, Values
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.patterns import glob
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.rbac.bindings import Key

EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
ALICE = {"kind": "User", "name": "alice"}


def policy_set(specs: Iterable[dict[str, Any]]) -> PolicySet:
    policies = [
        {
            "apiVersion": "policy.kubegate.dev/v1alpha1",
            "kind": "AccessPolicy",
            "metadata": {"name": f"p{number}"},
            "spec": {"subjects": [ALICE], **spec},
        }
        for number, spec in enumerate(specs)
    ]
    return PolicySet(AccessPolicyAuthorizer(policies, compile_condition), [], policies, (), ("AccessPolicy",))


def crossing(count: int) -> list[dict[str, Any]]:
    """Denials that overlap in every dimension."""
    chance = random.Random(count)

    def of(letter: str) -> list[str]:
        return sorted(chance.sample([f"{letter}{number}" for number in range(12)], 6))

    return [
        {
            "effect": "Deny",
            "namespaces": of("n"),
            "rules": [{"verbs": of("v"), "apiGroups": of("g"), "resources": of("r"), "resourceNames": of("o")}],
        }
        for _ in range(count)
    ]


def boxes(count: int) -> list[Box]:
    chance = random.Random(count)
    numbers = list(map(str, range(8)))
    parts = ([Values.of(chance.sample(numbers, 4)) for _ in range(4)] for _ in range(count))
    return [ResourceBox(*part, ANY, ANY) for part in parts]


ALLOWED = {"effect": "Allow", "rules": [EVERYTHING]}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many boxes are taken out of others."""
    found = [0]
    minus = ResourceBox.minus

    def counting(self: ResourceBox, other: Box) -> list[Box]:
        found[0] += 1
        return minus(self, other)

    monkeypatch.setattr(ResourceBox, "minus", counting)
    return found


def test_many_denials_that_overlap(counted: list[int]) -> None:
    denials = crossing(40)
    compared = compare_sets(policy_set([ALLOWED]), policy_set([ALLOWED, *denials]))
    assert compared.not_compared == []
    assert compared.changes
    assert all(change.confirmed and change.direction is Direction.LOST for change in compared.changes)
    assert counted[0] < bounds.MOST_EACH / 4


def test_of_many_denials_only_those_that_differ_are_taken_apart(counted: list[int]) -> None:
    denials = crossing(40)
    compared = compare_sets(policy_set([ALLOWED, *denials]), policy_set([ALLOWED, *denials[:-1], denials[0]]))
    assert {change.direction for change in compared.changes} <= {Direction.GAINED}
    assert counted[0] < bounds.MOST_EACH + 40_000


def test_one_more_allowance_under_many_denials_is_not_listed_wholly_and_said(counted: list[int]) -> None:
    denials = crossing(60)
    bob = {"effect": "Allow", "subjects": [{"kind": "User", "name": "bob"}], "rules": [EVERYTHING]}
    compared = compare_sets(policy_set(denials), policy_set([*denials, ALLOWED, bob]))
    assert [(found.what, found.why) for found in compared.not_compared] == [
        ("subjects", "alice: not all that differs is listed: too many policies overlap")
    ]
    assert "bob" in {change.subject.name for change in compared.changes}
    assert all(change.confirmed for change in compared.changes)
    assert counted[0] < 3 * bounds.MOST_EACH


def test_the_steps_of_all_subjects_together_are_bounded() -> None:
    users = [{"kind": "User", "name": f"user{number}"} for number in range(20)]
    old, new = policy_set([]), policy_set([{**ALLOWED, "subjects": [user]} for user in users])
    sides, authorizers = _sides(old, new)[0], (old.authorizer, new.authorizer)
    enough, few = (Search(*sides, authorizers, Steps(most, most)) for most in (1_000, 12))
    assert {change.subject.name for change in enough.changes()} == {user["name"] for user in users}
    assert enough.not_compared == []
    some = {change.subject.name for change in few.changes()}
    assert 0 < len(some) < len(users)
    (told,) = few.not_compared
    assert "and" in told.why


def test_what_remains_is_what_the_difference_is() -> None:
    taken = boxes(6)
    everything: Box = ResourceBox(ANY, ANY, ANY, ANY, ANY, ANY)
    left, exact = remaining(everything, taken, Steps()), difference([everything], taken)
    assert difference(left, exact) == difference(exact, left) == []
    assert remaining(taken[0], taken, Steps()) == []


def test_more_steps_than_there_may_be() -> None:
    everything: Box = ResourceBox(ANY, ANY, ANY, ANY, ANY, ANY)
    with pytest.raises(TooMany):
        remaining(everything, boxes(30), Steps(most=1_000))
    with pytest.raises(TooMany):
        remaining(everything, boxes(30), Steps(each=1_000))


def test_the_next_subject_has_steps_of_its_own() -> None:
    steps = Steps(most=5, each=3)
    steps.take(3)
    steps.begin()
    steps.take(2)
    steps.begin()
    with pytest.raises(TooMany):
        steps.take()


def test_boxes_are_told_apart_unless_that_cuts_them_small() -> None:
    few, many = boxes(2), boxes(200)
    first, *others = apart(few, Steps())
    assert first == few[0]
    assert all(box.common(first) is None for box in others)
    found = apart([*many, *many], Steps())
    assert difference(few, apart(few, Steps())) == []
    assert all(any(box == piece or box.common(piece) for piece in found) for box in many)
    assert len(found) <= 12 * len(many)


def test_patterns_as_long_as_you_like_have_something_in_common() -> None:
    one, other = "*" + "ab" * 600 + "*" + "c" * 600 + "*d", "*" + "abc" * 400 + "*" + "d" * 600 + "*a*"
    (text,) = overlaps([one, other])
    assert glob(one).fullmatch(text)
    assert glob(other).fullmatch(text)


def test_what_patterns_have_in_common_is_no_pattern_of_its_own_beginning() -> None:
    assert overlaps(["*a*b*", "*b*a*"]) <= {"aba", "bab"}
    assert overlaps(["abc", "abcd", "ab"]) == set()


def teams(count: int) -> tuple[PolicySet, PolicySet]:
    """Everybody is refused something more; each of many may something, and each of many groups is refused something."""
    specs = [{**ALLOWED, "subjects": [{"kind": "User", "name": f"user{number}"}]} for number in range(count)]
    for number in range(count):
        refused = {"verbs": ["get"], "apiGroups": [""], "resources": [f"kind{number}"]}
        specs.append({"effect": "Deny", "subjects": [{"kind": "Group", "name": f"team{number}"}], "rules": [refused]})
    more = {"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"]}
    everybody = {"kind": "Group", "name": "system:authenticated"}
    return policy_set(specs), policy_set([*specs, {"effect": "Deny", "subjects": [everybody], "rules": [more]}])


def test_who_is_two_subjects_at_once_is_compared_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = teams(3)
    whole = compare_sets(old, new)
    assert whole.not_compared == []
    assert {change.subject.name for change in whole.changes} == {"user0", "user1", "user2"}
    monkeypatch.setattr(among, "MOST_PAIRS", 4)
    cut = compare_sets(old, new)
    assert cut.changes == whole.changes
    (told,) = cut.not_compared
    assert told.why == "who is more than one of the 7 subjects is not compared wholly: too many cases"


def test_only_those_are_looked_at_of_whom_something_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Key, ...]] = []
    of = Side.of

    def noting(self: Side, identity: tuple[Key, ...]) -> Effective:
        asked.append(identity)
        return of(self, identity)

    monkeypatch.setattr(Side, "of", noting)
    old, _ = teams(4)
    more = {"effect": "Deny", "subjects": [{"kind": "Group", "name": "team0"}], "rules": [EVERYTHING]}
    new = policy_set([*(policy["spec"] for policy in old.access), more])
    assert {change.along for change in compare_sets(old, new).changes} == {(Key(True, "team0"),)}
    assert asked
    assert all(Key(True, "team0") in identity for identity in asked)
