"""The label selector language: what it means, how it prints, how it refuses."""

from __future__ import annotations

import pytest

from kubegate.selectors import labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.labels import EVERYTHING, NOTHING, Operator, Requirement


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        (" b , a ", "a,b"),
        ("! legacy", "!legacy"),
        ("app = web,tier==back,env!=", "app=web,env!=,tier==back"),
        ("x in (b,a,b)", "x in (a,b)"),
        ("x notin ()", "x notin ()"),
        ("x in (,a)", "x in (,a)"),
        ("n>007", "n>007"),
        ("in in (in,notin)", "in in (in,notin)"),
        ("notin", "notin"),
        ("a=\0", "a="),
        ("\0 anything after it is not read (", ""),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    assert str(labels.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "labels_", "matches"),
    [
        ("app", {"app": ""}, True),
        ("app", {}, False),
        ("!app", {}, True),
        ("!app", {"app": "x"}, False),
        ("app=web", {"app": "web"}, True),
        ("app=web", {"app": "Web"}, False),
        ("app=", {}, False),
        ("app!=web", {}, True),
        ("app notin (web)", {}, True),
        ("app notin (web)", {"app": "web"}, False),
        ("app in (web,)", {"app": ""}, True),
        ("app in (web,)", {}, False),
        ("n>1", {"n": "2"}, True),
        ("n>1", {"n": "002"}, True),
        ("n>1", {"n": "1"}, False),
        ("n<1", {"n": "x"}, False),
        ("n<1", {}, False),
        ("n<9", {"n": "9223372036854775808"}, False),
        ("n<9", {"n": "٣"}, False),
        ("a=1,b=2", {"a": "1"}, False),
    ],
)
def test_matching(text: str, labels_: dict[str, str], matches: bool) -> None:
    assert labels.parse(text).matches(labels_) is matches


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("a,", "found '', expected: identifier after ','", 2),
        ("=x", "found '=', expected: !, identifier, or 'end of string'", 0),
        ("!a=b", "found '=', expected: ',' or 'end of string'", 2),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'", 7),
        ("a in (b,", "unable to parse requirement: found '', expected: ',', or identifier", 8),
        ("a in ((", "unable to parse requirement: found '(', expected: ',', ')' or identifier", 6),
        ("a in b", "unable to parse requirement: found 'b' expected: '('", 5),
        ("a gt 1", "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt", 2),
        ("a=!b", "unable to parse requirement: found '!', expected: identifier", 2),
        ("a\0b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt", 2),
    ],
)
def test_refusals_name_the_place(text: str, message: str, position: int) -> None:
    with pytest.raises(SelectorError) as caught:
        labels.parse(text)
    assert (caught.value.message, caught.value.position) == (message, position)
    assert caught.value.caret == f"{text.replace(chr(0), '�')}\n{' ' * position}^"


def test_an_invalid_key_is_reported_before_what_follows_it() -> None:
    with pytest.raises(SelectorError, match="<nil>: Invalid value") as caught:
        labels.parse("fine,-bad key")
    assert caught.value.position == 5


def test_an_invalid_value_is_reported_before_what_follows_it() -> None:
    with pytest.raises(SelectorError, match=r'values\[0\]\[a\]: Invalid value: "\$"') as caught:
        labels.parse("a=$ b")
    assert caught.value.position == 2


def test_several_bad_values_are_listed_in_their_order() -> None:
    with pytest.raises(SelectorError) as caught:
        labels.parse("a in (_z,ok,_b)")
    assert caught.value.message.startswith('unable to parse requirement: [values[0][a]: Invalid value: "_b"')
    assert ', values[1][a]: Invalid value: "_z"' in caught.value.message
    assert caught.value.position == 6


@pytest.mark.parametrize("value", ["", "1.5", "abc", "9223372036854775808"])
def test_comparisons_need_an_int64(value: str) -> None:
    with pytest.raises(SelectorError, match="the value must be an integer"):
        labels.parse(f"n>{value}")


def test_lengths_are_counted_in_bytes() -> None:
    assert labels.parse("a=" + "x" * 63).requirements[0].values == ("x" * 63,)
    with pytest.raises(SelectorError, match="must be no more than 63 bytes"):
        labels.parse("a=" + "x" * 64)
    with pytest.raises(SelectorError, match="name part must be no more than 63 bytes"):
        labels.parse("é" * 32)


def test_exact_value() -> None:
    selector = labels.parse("a=1,b in (2),c in (3,4),d!=5")
    assert [selector.exact_value(key) for key in "abcde"] == ["1", "2", None, None, None]


def test_everything_and_nothing() -> None:
    assert EVERYTHING.matches({}) and EVERYTHING.empty
    assert not NOTHING.matches({}) and not NOTHING.empty
    assert EVERYTHING != NOTHING


def test_requirements_are_values() -> None:
    assert labels.parse("x notin (b,a)").requirements == (Requirement("x", Operator.NOT_IN, ("a", "b")),)
    assert hash(labels.parse("b,a")) == hash(labels.parse("a,b"))
