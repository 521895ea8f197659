"""A request is found in every box, whatever is excluded: texts with stars, every likely name, every beginning of a path."""

from __future__ import annotations

from string import ascii_lowercase, digits
from typing import Any

import pytest

from kubegate.analysis.diff.boxes import PathBox
from kubegate.analysis.diff.compare import compare
from kubegate.analysis.diff.sets import PolicySet, compare_sets
from kubegate.analysis.diff.values import ANY, Values
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.patterns import any_of, glob
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.rbac.index import RbacAuthorizer

LETTERS = ascii_lowercase + digits


@pytest.mark.parametrize(
    "excluded",
    [
        [],
        ["other"],
        ["", "o*"],
        ["*o*"],
        ["*-*", "other"],
        [f"*{letter}*" for letter in LETTERS],
        [f"{letter}*" for letter in LETTERS],
        ["*z", *ascii_lowercase, "*-*", "o*"],
        ["[o]*", "?*"],
    ],
)
def test_another_text_than_those_excluded(excluded: list[str]) -> None:
    found = Values(frozenset(excluded), True).example()
    assert not any_of(map(glob, excluded), found)


@pytest.mark.parametrize("stars", ["*", "**"])
def test_a_star_alone_is_a_text(stars: str) -> None:
    assert Values(frozenset({stars, "list"}), True).example() == "other"


@pytest.mark.parametrize("holes", [["/api"], ["/api", *(f"/api{letter}*" for letter in LETTERS)], ["/api", "/apiz*", "/x*"]])
def test_another_path_than_those_excluded(holes: list[str]) -> None:
    excluded = tuple((hole.rstrip("*"), hole.endswith("*")) for hole in holes)
    found = PathBox(ANY, "/api", True, excluded).example(User("alice")).path
    assert found.startswith("/api")
    assert not any_of(map(glob, holes), found)


def granted(**rule: Any) -> list[Object]:
    return [
        {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [{"verbs": ["get"], "apiGroups": [""], **rule}]},
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "b"},
            "roleRef": {"kind": "ClusterRole", "name": "r"},
            "subjects": [{"kind": "User", "name": "alice"}],
        },
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"resources": ["pods/*"]}, {"resources": ["*"]}),
        ({"resources": ["pods"], "resourceNames": ["*"]}, {"resources": ["pods"]}),
        ({"resources": ["secrets"]}, {"resources": ["secrets", "pods/*"]}),
        ({"resources": ["pods"], "resourceNames": ["a"]}, {"resources": ["pods"], "resourceNames": ["a", "web-*"]}),
    ],
    ids=["besides a resource", "besides a name", "a resource", "a name"],
)
def test_rbac_takes_stars_by_the_letter(old: dict[str, Any], new: dict[str, Any]) -> None:
    changes = compare(granted(**old), granted(**new))
    assert {change.direction.value for change in changes} == {"gained"}
    assert all(change.confirmed for change in changes)


def mixed(order: str, access: list[Object], rbac: list[Object], abac: tuple[Policy, ...] = ()) -> PolicySet:
    members = {
        "AccessPolicy": AccessPolicyAuthorizer(access, compile_condition),
        "ABAC": AbacAuthorizer(abac),
        "RBAC": RbacAuthorizer(rbac),
    }
    names = tuple(order.split())
    return PolicySet(Chain([members[name] for name in names]), rbac, access, abac, names)


def access(**rule: Any) -> list[Object]:
    spec = {"effect": "Allow", "subjects": [{"kind": "User", "name": "alice"}]}
    where = {"namespaces": rule.pop("namespaces")} if "namespaces" in rule else {}
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], **rule}]
    return [
        {
            "apiVersion": "policy.kubegate.dev/v1alpha1",
            "kind": "AccessPolicy",
            "metadata": {"name": "p"},
            "spec": {**spec, **where, "rules": rules},
        }
    ]


ORDER = "AccessPolicy ABAC RBAC"


@pytest.mark.parametrize(
    "by_the_letter",
    [
        mixed(ORDER, [], granted(resources=["pods"], resourceNames=["web-*"])),
        mixed(ORDER, [], [], (Policy(user="alice", resource="pods", namespace="web-*", api_group="", readonly=True),)),
    ],
    ids=["a name", "a namespace"],
)
def test_a_name_with_a_star_is_no_pattern(by_the_letter: PolicySet) -> None:
    """RBAC and ABAC mean `web-*` itself, an AccessPolicy all that begins so."""
    said = {"namespaces": ["web-*"]} if by_the_letter.abac else {"resourceNamePatterns": ["web-*"]}
    patterns = mixed(ORDER, access(**said), [])
    changes = compare_sets(by_the_letter, patterns).changes
    assert changes
    assert all(change.confirmed for change in changes)
    (back,) = [change for change in compare_sets(patterns, by_the_letter).changes if "web-x" in str(change.example)]
    assert back.direction.value == "lost"


def test_the_name_itself_is_among_those_that_a_pattern_means() -> None:
    role = granted(resources=["pods"], resourceNames=["web-*"])
    names = {"resourceNamePatterns": ["web-*"]}
    assert compare_sets(mixed(ORDER, access(**names), []), mixed(ORDER, access(**names), role)).changes == []
