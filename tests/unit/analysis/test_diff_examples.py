"""A request is found in every box, whatever is excluded: texts with stars, every likely name, every beginning of a path."""

from __future__ import annotations

from string import ascii_lowercase, digits
from typing import Any

import pytest

from kubegate.analysis.diff.boxes import PathBox
from kubegate.analysis.diff.compare import compare
from kubegate.analysis.diff.values import ANY, Values
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.access.patterns import any_of, glob

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
    ],
    ids=["of a resource", "of a name"],
)
def test_rbac_takes_stars_by_the_letter(old: dict[str, Any], new: dict[str, Any]) -> None:
    changes = compare(granted(**old), granted(**new))
    assert {change.direction.value for change in changes} == {"gained"}
    assert all(change.confirmed for change in changes)
