"""Does one selector select only what another selects?"""

from __future__ import annotations

import pytest

from kubegate.selectors import labels
from kubegate.selectors.implication import implies, satisfiable
from kubegate.selectors.labels import EVERYTHING, NOTHING


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("", ""),
        ("a=1", ""),
        ("a=1,b=2", "b=2"),
        ("a=1", "a"),
        ("a=1", "a in (1,2)"),
        ("a in (1,2)", "a notin (3)"),
        ("!a", "a!=1"),
        ("!a", "a notin (1,2)"),
        ("a notin (1,2)", "a!=1"),
        ("a in (1,2),a!=2", "a=1"),
        ("a>5", "a>3"),
        ("a>5", "a"),
        ("a>5", "a!=5"),
        ("a>5,a<8", "a>3,a<9"),
        ("a in (6,7)", "a>5"),
        ("a=1,a=2", "b"),
        ("a,!a", "b=3"),
        ("a>5,a<6", "b"),
    ],
)
def test_implied(narrow: str, wide: str) -> None:
    assert implies(labels.parse(narrow), labels.parse(wide))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("", "a"),
        ("", "a!=1"),
        ("a", "a=1"),
        ("a in (1,2)", "a=1"),
        ("a!=1", "a"),
        ("a!=1", "a notin (1,2)"),
        ("a>3", "a>5"),
        ("a", "a>1"),
        ("a in (6,x)", "a>5"),
        ("b=1", "a=1"),
    ],
)
def test_not_implied(narrow: str, wide: str) -> None:
    assert not implies(labels.parse(narrow), labels.parse(wide))


def test_nothing_and_everything() -> None:
    assert implies(NOTHING, labels.parse("a=1"))
    assert implies(NOTHING, NOTHING)
    assert not implies(EVERYTHING, NOTHING)
    assert not satisfiable(NOTHING)
    assert satisfiable(EVERYTHING)
