"""Each operator of expressions, before and after."""

from __future__ import annotations

import pytest

from kubegate.analysis.mutation.operators.expressions import expression_mutants

TRUE, FALSE = "condition replaced by true", "condition replaced by false"


def mutants(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for mutant in expression_mutants(text):
        found.setdefault(mutant.operator, set()).add(mutant.text)
    return found


@pytest.mark.parametrize(
    ("text", "operator", "expected"),
    [
        ("a == b", "comparison flipped", {"a != b"}),
        ("a != b", "comparison flipped", {"a == b"}),
        ("a < b", "comparison flipped", {"a >= b"}),
        ("a <= b", "comparison flipped", {"a > b"}),
        ("a > b", "comparison flipped", {"a <= b"}),
        ("a >= b", "comparison flipped", {"a < b"}),
        ("a < b", "boundary moved", {"a <= b"}),
        ("a <= b", "boundary moved", {"a < b"}),
        ("a > b", "boundary moved", {"a >= b"}),
        ("a >= b", "boundary moved", {"a > b"}),
        ("a && b", "logical operator swapped", {"a || b"}),
        ("a || b && c", "logical operator swapped", {"a && b && c", "a || b || c"}),
        ("!a", "negation dropped", {"a"}),
        ("a(1)", "constant changed", {"a(2)"}),
        ("a(-1)", "constant changed", {"a(-2)"}),
        ("a(0x0fu)", "constant changed", {"a(0x10u)"}),
        ("a(1.5e3)", "constant changed", {"a(2.5e3)"}),
        ("f(true)", "constant changed", {"f(false)"}),
        ("a == 'x'", "string changed", {"a == 'xx'"}),
        ("a == ''", "string changed", {"a == 'x'"}),
        ('a == r"""x"""', "string changed", {'a == r"""xx"""'}),
        (r"a == 'it\'s'", "string changed", {r"a == 'it\'sx'"}),
        ("quantity('1Gi')", "string changed", {"quantity('2Gi')"}),
        ("duration('30s')", "string changed", {"duration('31s')"}),
        ("a in [b]", "membership negated", {"!(a in [b])"}),
        ("a && b in c", "membership negated", {"a && !(b in c)"}),
        ("a.startsWith(b)", "function swapped", {"a.endsWith(b)"}),
        ("a.endsWith(b)", "function swapped", {"a.startsWith(b)"}),
        ("a.contains(b)", "function swapped", {"a.startsWith(b)"}),
        ("a.all(x, x)", "function swapped", {"a.exists(x, x)"}),
        ("a.exists(x, x)", "function swapped", {"a.all(x, x)"}),
        ("a.exists_one(x, x)", "function swapped", {"a.exists(x, x)"}),
        ("a.startsWith", "function swapped", set()),
        ("a && b", TRUE, {"true && b", "a && true", "true"}),
        ("a || (b)", FALSE, {"false || (b)", "a || false", "false"}),
        ("a ? b : c", TRUE, {"true ? b : c", "true"}),
        ("a ? b : c", FALSE, {"false ? b : c", "false"}),
        ("a.all(x, x.p || x.q)", FALSE, {"a.all(x, false || x.q)", "a.all(x, x.p || false)", "false"}),
    ],
)
def test_operators(text: str, operator: str, expected: set[str]) -> None:
    assert mutants(text).get(operator, set()) == expected


@pytest.mark.parametrize("text", ["", "a ==", "(", "'"])
def test_what_is_no_expression_has_no_mutants(text: str) -> None:
    assert not mutants(text)


def test_each_text_comes_once_in_the_order_of_places() -> None:
    found = list(expression_mutants("!a && b == 1 || c in ['x', 'y']"))
    assert [mutant.offset for mutant in found] == sorted(mutant.offset for mutant in found)
    assert len({mutant.text for mutant in found}) == len(found)
