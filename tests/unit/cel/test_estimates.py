"""What expressions may cost at most, reckoned before they are evaluated."""

from __future__ import annotations

import pytest

from kubegate.cel.environment import Environment
from kubegate.cel.estimate import Path, estimate
from kubegate.cel.sizes import UNKNOWN, add, multiply, scaled
from kubegate.cel.types import DYN, INT, STRING, list_of, map_of, object_type
from kubegate.cel.values import UINT_MAX

ENVIRONMENT = Environment(
    {"self": object_type("Self"), "d": DYN},
    {
        "Self": {
            "text": STRING,
            "short": STRING,
            "number": INT,
            "words": list_of(STRING),
            "numbers": list_of(INT),
            "labels": map_of(STRING, STRING),
        }
    },
)
BOUNDS: dict[Path, int] = {
    ("self", "text"): 100,
    ("self", "short"): 10,
    ("self", "number"): 0,
    ("self", "words"): 5,
    ("self", "words", "@items"): 20,
    ("self", "numbers"): 7,
    ("self", "numbers", "@items"): 0,
    ("self", "labels"): 4,
    ("self", "labels", "@keys"): 30,
    ("self", "labels", "@values"): 40,
}


def cost(text: str) -> int:
    return estimate(ENVIRONMENT.check(text)[1], BOUNDS.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", 0),
        ("self.number > 5", 3),
        ("self.number == 5", 2),
        ("has(self.text)", 1),
        ("self.text == self.short", 5),
        ("self.text < 'abc'", 3),
        ("self.text.startsWith('abc')", 3),
        ("self.text.contains('abc')", 12),
        ("self.text.contains(self.short)", 14),
        ("self.text.matches('^[a-z]+$')", 24),
        ("matches(self.text, 'a')", 3),
        ("self.text.size() > 3", 4),
        ("self.text + self.short == 'a'", 16),
        ("self.number > 1 && self.number < 9", 6),
        ("self.number > 1 ? self.text == 'a' : true", 6),
        ("self.short in self.words", 9),
        ("self.short in self.labels", 5),
        ("self.short in ['a', 'b']", 14),
        ("self.words.all(x, x == 'a')", 28),
        ("self.words.exists(x, x.contains('a'))", 38),
        ("self.words.exists_one(x, true)", 14),
        ("self.words.map(x, x + 'b').size() == 1", 95),
        ("self.words.filter(x, x != 'a').size() == 1", 90),
        ("self.words.all(i, x, i >= 0)", 28),
        ("self.labels.all(k, k == 'a')", 23),
        ("self.labels.all(k, v, v.contains(k))", 71),
        ("self.words[0] == 'a'", 4),
        ("self.labels['a'] == 'a'", 4),
        ("self.numbers.sum() == 3", 10),
        ("self.words.isSorted()", 17),
        ("self.words.indexOf('a') == 2", 18),
        ("self.text.lowerAscii() == 'a'", 13),
        ("self.text.replace('a', 'bb') == 'a'", 23),
        ("self.text.split(',').size() == 1", 24),
        ("self.words.join(',') == 'a'", 14),
        ("self.text.find('[a-z]') == 'a'", 25),
        ("'%d'.format([self.number]) == '1'", 14),
        ("ip('10.0.0.1').family() == 4", 3),
        ("cidr('10.0.0.0/8').containsIP(self.text)", 17),
        ("sets.contains(self.numbers, [1, 2])", 27),
        ("self.numbers.reverse().size() == 1", 22),
        ("self.numbers.distinct().size() == 1", 113),
        ("self.words.sort().size() == 1", 68),
        ("self.words.sortBy(x, x).size() == 1", 156),
        ("self.numbers.slice(1, 3).size() == 1", 17),
        ("lists.range(5).size() == 1", 18),
        ("[self.numbers].flatten().size() == 1", 26),
        ("dyn(self.text) == 'a'", 4),
        ("[1, 2].all(x, x > 1)", 21),
        ("{'a': 1}.size() == 1", 32),
        ("type(self.number) == int", 5),
        ("optional.of(self.number).optMap(x, x + 1).orValue(1) > 1", 23),
    ],
)
def test_the_greatest_cost(text: str, expected: int) -> None:
    assert cost(text) == expected


@pytest.mark.parametrize(
    "text", ["string(self.number) + 'a' == 'b'", "d.a == d.b", "d.all(x, true)", "self.text == d.x + 'a'"]
)
def test_what_has_no_bound_costs_without_end(text: str) -> None:
    assert cost(text) > 10**17


def test_numbers_stay_within_64_bits() -> None:
    assert add(UINT_MAX, 1) == multiply(UINT_MAX, 2) == UINT_MAX
    assert scaled(UINT_MAX, 2.0) == UINT_MAX
    assert (scaled(11, 0.1), scaled(0, 0.1), UNKNOWN) == (2, 0, (0, UINT_MAX))
