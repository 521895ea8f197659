"""What the type checker says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("matches('a', 'b')", False),
        ("n in [1]", False),
        ("[] == [1]", False),
        ("{} == {'a': 1}", False),
        ("type(1) == type('a')", False),
        ("dyn([]) + [1]", [1]),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dyn(1).foo", "no such key: foo"),
        ("{'a': 1}.b", "no such key: b"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a'.foo", ["4: type 'string' does not support field selection"]),
        ("1.foo", ["2: type 'int' does not support field selection"]),
        ("[1].foo", ["4: type 'list(int)' does not support field selection"]),
        ("b.foo", ["2: type 'bool' does not support field selection"]),
        ("n()", ["2: undeclared reference to 'n' (in container '')"]),
        ("foo(1)", ["4: undeclared reference to 'foo' (in container '')"]),
        (
            "foo.bar(1)",
            ["1: undeclared reference to 'foo' (in container '')", "8: undeclared reference to 'bar' (in container '')"],
        ),
        ("object.foo(1)", ["11: undeclared reference to 'foo' (in container '')"]),
        ("object.foo.bar.baz()", ["19: undeclared reference to 'baz' (in container '')"]),
        ("s.startsWith()", ["13: found no matching overload for 'startsWith' applied to 'string.()'"]),
        ("s.startsWith('a', 'b')", ["13: found no matching overload for 'startsWith' applied to 'string.(string, string)'"]),
        ("s.startsWith(1)", ["13: found no matching overload for 'startsWith' applied to 'string.(int)'"]),
        ("startsWith(s, 'a')", ["11: found no matching overload for 'startsWith' applied to '(string, string)'"]),
        ("size()", ["5: found no matching overload for 'size' applied to '()'"]),
        ("size(1)", ["5: found no matching overload for 'size' applied to '(int)'"]),
        ("size(1, 2)", ["5: found no matching overload for 'size' applied to '(int, int)'"]),
        ("s.size(1)", ["7: found no matching overload for 'size' applied to 'string.(int)'"]),
        ("'a'.matches(1)", ["12: found no matching overload for 'matches' applied to 'string.(int)'"]),
        ("1 + 1u", ["3: found no matching overload for '_+_' applied to '(int, uint)'"]),
        ("1 + 1.0", ["3: found no matching overload for '_+_' applied to '(int, double)'"]),
        ("'a' + 1", ["5: found no matching overload for '_+_' applied to '(string, int)'"]),
        ("[1] + ['a']", ["5: found no matching overload for '_+_' applied to '(list(int), list(string))'"]),
        ("[1] + 'a'", ["5: found no matching overload for '_+_' applied to '(list(int), string)'"]),
        ("{} + {}", ["4: found no matching overload for '_+_' applied to '(map(dyn, dyn), map(dyn, dyn))'"]),
        ("1 && true", ["1: expected type 'bool' but found 'int'"]),
        ("!s", ["1: found no matching overload for '!_' applied to '(string)'"]),
        ("-s", ["1: found no matching overload for '-_' applied to '(string)'"]),
        ("-b", ["1: found no matching overload for '-_' applied to '(bool)'"]),
        ("n < s", ["3: found no matching overload for '_<_' applied to '(int, string)'"]),
        ("n < b", ["3: found no matching overload for '_<_' applied to '(int, bool)'"]),
        ("[1] < [2]", ["5: found no matching overload for '_<_' applied to '(list(int), list(int))'"]),
        ("n in s", ["3: found no matching overload for '@in' applied to '(int, string)'"]),
        ("n in ['a']", ["3: found no matching overload for '@in' applied to '(int, list(string))'"]),
        ("s in {1: 2}", ["3: found no matching overload for '@in' applied to '(string, map(int, int))'"]),
        ("1 ? 2 : 3", ["3: found no matching overload for '_?_:_' applied to '(int, int, int)'"]),
        ("true ? 1 : 's'", ["6: found no matching overload for '_?_:_' applied to '(bool, int, string)'"]),
        ("b ? [1] : ['a']", ["3: found no matching overload for '_?_:_' applied to '(bool, list(int), list(string))'"]),
        ("{'a': 1}[1]", ["9: found no matching overload for '_[_]' applied to '(map(string, int), int)'"]),
        ("[1]['a']", ["4: found no matching overload for '_[_]' applied to '(list(int), string)'"]),
        ("s[0]", ["2: found no matching overload for '_[_]' applied to '(string, int)'"]),
        ("n[0]", ["2: found no matching overload for '_[_]' applied to '(int, int)'"]),
        ("n == s", ["3: found no matching overload for '_==_' applied to '(int, string)'"]),
        ("n != 1u", ["3: found no matching overload for '_!=_' applied to '(int, uint)'"]),
        ("[1] == ['a']", ["5: found no matching overload for '_==_' applied to '(list(int), list(string))'"]),
        ("null == s", ["6: found no matching overload for '_==_' applied to '(null, string)'"]),
        ("type(1) == 1", ["9: found no matching overload for '_==_' applied to '(type(int), int)'"]),
        ("int == 1", ["5: found no matching overload for '_==_' applied to '(type(int), int)'"]),
        ("int(1) is int", ["8: Syntax error: mismatched input 'is' expecting <EOF>"]),
        ("Object{}", ["7: undeclared reference to 'Object' (in container '')"]),
        ("Object{a: 1}", ["7: undeclared reference to 'Object' (in container '')"]),
        ("foo.Bar{a: 1}", ["8: undeclared reference to 'foo.Bar' (in container '')"]),
        ("int{}", ["4: 'int' is not a message type"]),
        ("timestamp", ["1: undeclared reference to 'timestamp' (in container '')"]),
        ("request", ["1: undeclared reference to 'request' (in container '')"]),
        (
            "n.all(x, true)",
            ["1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
        ),
        ("b'a' + 'b'", ["6: found no matching overload for '_+_' applied to '(bytes, string)'"]),
        ("dyn([1, 'a'])", ["9: expected type 'int' but found 'string'"]),
        ("[n, object]", ["5: expected type 'int' but found 'dyn'"]),
        ("[object, n]", ["10: expected type 'dyn' but found 'int'"]),
        ("[null, 'a']", ["8: expected type 'null' but found 'string'"]),
        ("[1, null]", ["5: expected type 'int' but found 'null'"]),
        ("{'a': null, 'b': 1}", ["18: expected type 'null' but found 'int'"]),
        ("{'a': 1, 'b': 'c'}", ["15: expected type 'int' but found 'string'"]),
        ("{object: 1, 'b': 2}", ["13: expected type 'dyn' but found 'string'"]),
        ("string(object) + 1", ["16: found no matching overload for '_+_' applied to '(string, int)'"]),
        ("string(1, 2)", ["7: found no matching overload for 'string' applied to '(int, int)'"]),
        ("int('a', 'b')", ["4: found no matching overload for 'int' applied to '(string, string)'"]),
        ("double(object, 1)", ["7: found no matching overload for 'double' applied to '(dyn, int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
