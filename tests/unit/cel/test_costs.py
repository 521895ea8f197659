"""What evaluating an expression costs, to the unit.

A selection costs 1 and each of its steps 1 more, calls 1 or what their rule says; new lists 10, maps 30, messages 40.
"""

import pytest

from kubegate.cel.environment import Environment
from kubegate.cel.types import DYN, INT, STRING, list_of

TYPES = {"o": DYN, "s": STRING, "n": list_of(INT), "t": list_of(STRING), "i": INT}
VALUES = {
    "o": {"s": "a" * 26, "n": [1, 2, 3, 4, 5], "m": {"a": 1, "b": 2}},
    "s": "é" * 26,
    "n": [3, 1, 2],
    "t": ["x" * 19, "y"],
    "i": 7,
}
ENVIRONMENT = Environment(TYPES)


def cost(text: str) -> int:
    return ENVIRONMENT.compile(text).run(VALUES)[1]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("o.n[0]", 3),
        ("s + s", 8),  # two selections, a tenth of 52 rounded up
        ("o.s + o.s", 5),  # the types are not known: a call costs 1
        ("s < s", 5),
        ("o.s < o.s", 5),
        ("bytes(s)", 4),
        ("bytes(o.s)", 3),
        ("string(o.s)", 3),
    ],
)
def test_texts_cost_their_length_where_types_are_known(text, units):
    assert cost(text) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("i in n", 5),
        ("i in [1, 2, 3]", 1),  # constants are hashed
        ("i in []", 1),
        ("1 in o.n", 3),
        ("'a' in o.m", 3),
    ],
)
def test_membership(text, units):
    assert cost(text) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("n.slice(0, 2)", 14),
        ("n.reverse()", 15),
        ("lists.range(5)", 16),
        ("[n, n].flatten()", 25),
        ("[n].flatten(3)", 25),
        ("n.distinct()", 30),
        ("t.distinct()", 20),
        ("n.sort()", 30),
        ("t.sort()", 20),
        ("o.n.sort()", 3),
        ("n.sortBy(x, -x)", 75),
    ],
)
def test_new_lists(text, units):
    assert cost(text) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("sets.contains(n, [1, 2])", 8),
        ("sets.intersects(n, [])", 2),
        ("sets.equivalent(n, n)", 21),
        ("n.sum()", 4),
        ("t.max()", 2),  # 19 letters are 1, one is 0
        ("s.indexOf('x')", 6),  # 52 bytes, rounded down
    ],
)
def test_sets_and_aggregates(text, units):
    assert cost(text) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("ip('10.1.2.3')", 1),
        ("ip('::1') == ip('::1')", 3),
        ("ip('::1') != ip('::1')", 4),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3')", 3),
        ("cidr('10.0.0.0/8').containsIP(o.s == '' ? o : dyn('10.1.2.3'))", 4),
        ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", 6),
    ],
)
def test_addresses(text, units):
    assert cost(text) == units
