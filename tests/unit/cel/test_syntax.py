"""What the parser says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[,1]", [1]),
        ("{,}", {}),
        ("{'a': 1,}", {"a": 1}),
        ("[1,]", [1]),
        ("1 - - 1", 2),
        ("!!b", True),
        ("--n", 7),
        ("---n", -7),
        ("r'\\q'", "\\q"),
        (".1", 0.1),
        ("1e5", 100000.0),
        ("string(1u)", "1"),
        ("string(1U)", "1"),
        ("01", 1),
        ("-9223372036854775808", -9223372036854775808),
        ("true", True),
        ("null", None),
        (".n", 7),
        (".object.i", 5),
        (". n", 7),
        ("1 // c", 1),
        ('"\\""', '"'),
        ("'\\'' + \"'\"", "''"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object.if", "no such key: if"),
        ("object.for", "no such key: for"),
        ("object.namespace", "no such key: namespace"),
        ("object .a", "no such key: a"),
        ("object. a", "no such key: a"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object.", ["8: Syntax error: no viable alternative at input '.'"]),
        ("object..a", ["8: Syntax error: no viable alternative at input '..'"]),
        ("object.1", ["7: Syntax error: extraneous input '.1' expecting <EOF>"]),
        ("object.a b", ["10: Syntax error: extraneous input 'b' expecting <EOF>"]),
        ("1 2", ["3: Syntax error: extraneous input '2' expecting <EOF>"]),
        ("a b c", ["3: Syntax error: mismatched input 'b' expecting <EOF>"]),
        ("(1", ["3: Syntax error: missing ')' at '<EOF>'"]),
        ("(1))", ["4: Syntax error: extraneous input ')' expecting <EOF>"]),
        ("1)", ["2: Syntax error: extraneous input ')' expecting <EOF>"]),
        ("[1, 2", ["6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]),
        ("[1 2]", ["4: Syntax error: extraneous input '2' expecting {']', ','}"]),
        ("[1,,2]", ["4: Syntax error: mismatched input ',' expecting ']'"]),
        ("{1}", ["3: Syntax error: mismatched input '}' expecting ':'"]),
        ("{'a': 1", ["8: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"]),
        ("{'a' 1}", ["6: Syntax error: missing ':' at '1'"]),
        ("{'a': }", ["7: Syntax error: mismatched input '}' expecting EXPRESSION"]),
        ("f(1,)", ["5: Syntax error: mismatched input ')' expecting EXPRESSION"]),
        ("f(1 2)", ["5: Syntax error: extraneous input '2' expecting ')'"]),
        ("f(,)", ["3: Syntax error: extraneous input ',' expecting ARGUMENTS"]),
        ("f(", ["3: Syntax error: mismatched input '<EOF>' expecting ARGUMENTS"]),
        ("1 +", ["4: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        ("+ 1", ["1: Syntax error: extraneous input '+' expecting EXPRESSION"]),
        ("1 + + 1", ["5: Syntax error: extraneous input '+' expecting EXPRESSION"]),
        ("!-n", ["3: Syntax error: no viable alternative at input '-n'"]),
        ("-!b", ["2: Syntax error: no viable alternative at input '-!'"]),
        ("1 ==", ["5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        ("== 1", ["1: Syntax error: extraneous input '==' expecting EXPRESSION"]),
        (
            "a = b",
            ["3: Syntax error: token recognition error at: '= '", "5: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        (
            "a & b",
            ["3: Syntax error: token recognition error at: '& '", "5: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        (
            "a | b",
            ["3: Syntax error: token recognition error at: '| '", "5: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        ("a ||", ["5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        ("&& a", ["1: Syntax error: extraneous input '&&' expecting EXPRESSION"]),
        ("a ? b", ["6: Syntax error: mismatched input '<EOF>' expecting ':'"]),
        ("a ? b :", ["8: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        (
            "a ? : c",
            [
                "5: Syntax error: extraneous input ':' expecting EXPRESSION",
                "8: Syntax error: mismatched input '<EOF>' expecting ':'",
            ],
        ),
        ("a : b", ["3: Syntax error: mismatched input ':' expecting <EOF>"]),
        ("a ? b c", ["7: Syntax error: missing ':' at 'c'"]),
        ("a in", ["5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        ("in a", ["1: Syntax error: extraneous input 'in' expecting EXPRESSION"]),
        (
            "'abc",
            [
                "1: Syntax error: token recognition error at: ''abc'",
                "5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        (
            '"abc',
            [
                "1: Syntax error: token recognition error at: '\"abc'",
                "5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("'''abc", ["3: Syntax error: token recognition error at: ''abc'"]),
        (
            "'a\\q'",
            [
                "1: Syntax error: token recognition error at: ''a\\q'",
                "5: Syntax error: token recognition error at: '''",
                "6: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        (
            "'\\u12'",
            [
                "1: Syntax error: token recognition error at: ''\\u12''",
                "7: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        (
            "'\\400'",
            ["1: Syntax error: token recognition error at: ''\\4'", "6: Syntax error: token recognition error at: '''"],
        ),
        ("b'\\u0041'", ["1: unable to unescape string"]),
        (
            "'a",
            [
                "1: Syntax error: token recognition error at: ''a'",
                "3: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("@a", ["1: Syntax error: token recognition error at: '@'"]),
        ("#a", ["1: Syntax error: token recognition error at: '#'"]),
        ("$a", ["1: Syntax error: token recognition error at: '$'"]),
        ("a;", ["2: Syntax error: token recognition error at: ';'"]),
        ("a`b`", ["2: Syntax error: extraneous input '`b`' expecting <EOF>"]),
        ("object.`a`", ["8: unsupported syntax: '`'"]),
        ("`a`", ["1: Syntax error: mismatched input '`a`' expecting EXPRESSION"]),
        ("object[`a`]", ["8: Syntax error: mismatched input '`a`' expecting INDEX"]),
        ("1.", ["3: Syntax error: no viable alternative at input '.'"]),
        ("1.5.5", ["4: Syntax error: extraneous input '.5' expecting <EOF>"]),
        ("1e", ["2: Syntax error: extraneous input 'e' expecting <EOF>"]),
        ("0x", ["2: Syntax error: extraneous input 'x' expecting <EOF>"]),
        ("0xg", ["2: Syntax error: extraneous input 'xg' expecting <EOF>"]),
        ("1uu", ["3: Syntax error: extraneous input 'u' expecting <EOF>"]),
        ("0b1", ["2: Syntax error: extraneous input 'b1' expecting <EOF>"]),
        ("99999999999999999999", ["1: invalid int literal"]),
        ("-9223372036854775809", ["1: invalid int literal"]),
        ("9223372036854775808", ["1: invalid int literal"]),
        ("18446744073709551616u", ["1: invalid uint literal"]),
        ("1e400", ["1: invalid double literal"]),
        ("0xffffffffffffffffff", ["1: invalid int literal"]),
        ("if", ["1: reserved identifier: if"]),
        ("as", ["1: reserved identifier: as"]),
        ("break", ["1: reserved identifier: break"]),
        ("const", ["1: reserved identifier: const"]),
        ("continue", ["1: reserved identifier: continue"]),
        ("else", ["1: reserved identifier: else"]),
        ("for", ["1: reserved identifier: for"]),
        ("function", ["1: reserved identifier: function"]),
        ("import", ["1: reserved identifier: import"]),
        ("let", ["1: reserved identifier: let"]),
        ("loop", ["1: reserved identifier: loop"]),
        ("package", ["1: reserved identifier: package"]),
        ("namespace", ["1: reserved identifier: namespace"]),
        ("return", ["1: reserved identifier: return"]),
        ("var", ["1: reserved identifier: var"]),
        ("void", ["1: reserved identifier: void"]),
        ("while", ["1: reserved identifier: while"]),
        (
            "in",
            [
                "1: Syntax error: mismatched input 'in' expecting EXPRESSION",
                "3: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("object.true", ["8: Syntax error: mismatched input 'true' expecting IDENTIFIER"]),
        (
            "object.in",
            [
                "8: Syntax error: no viable alternative at input '.in'",
                "10: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("if(1)", ["1: reserved identifier: if"]),
        ("object.while()", ["13: undeclared reference to 'while' (in container '')"]),
        ("[1].all(if, true)", ["9: reserved identifier: if"]),
        ("{if: 1}", ["2: reserved identifier: if"]),
        ("Foo{if: 1}", ["4: undeclared reference to 'Foo' (in container '')"]),
        ("Foo{a}", ["6: Syntax error: mismatched input '}' expecting ':'"]),
        ("Foo{a: }", ["8: Syntax error: mismatched input '}' expecting EXPRESSION"]),
        ("Foo{a: 1,}", ["4: undeclared reference to 'Foo' (in container '')"]),
        ("Foo{,}", ["4: undeclared reference to 'Foo' (in container '')"]),
        ("Foo{'a': 1}", ["5: Syntax error: mismatched input ''a'' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"]),
        ("Foo{", ["5: Syntax error: mismatched input '<EOF>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"]),
        ("foo.{}", ["5: Syntax error: no viable alternative at input '.{'"]),
        ("1{}", ["2: Syntax error: mismatched input '{' expecting <EOF>"]),
        ("'a'{}", ["4: Syntax error: mismatched input '{' expecting <EOF>"]),
        ("..object", ["2: Syntax error: no viable alternative at input '..'"]),
        ("a.b.c.", ["7: Syntax error: no viable alternative at input '.'"]),
        ("a[", ["3: Syntax error: mismatched input '<EOF>' expecting INDEX"]),
        ("a[]", ["3: Syntax error: mismatched input ']' expecting INDEX"]),
        ("a[1", ["4: Syntax error: missing ']' at '<EOF>'"]),
        ("a[1,2]", ["4: Syntax error: mismatched input ',' expecting ']'"]),
        ("a[1:2]", ["4: Syntax error: mismatched input ':' expecting ']'"]),
        ("a.?", ["4: Syntax error: mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}"]),
        ("a.?b", ["1: undeclared reference to 'a' (in container '')"]),
        ("a[?", ["4: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        ("a[?]", ["4: Syntax error: mismatched input ']' expecting EXPRESSION"]),
        ("?a", ["1: Syntax error: extraneous input '?' expecting EXPRESSION"]),
        ("[?a", ["4: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]),
        ("// c", ["5: Syntax error: mismatched input '<EOF>' expecting EXPRESSION"]),
        (
            "1 /* c */",
            [
                "4: Syntax error: extraneous input '*' expecting EXPRESSION",
                "9: Syntax error: mismatched input '/' expecting EXPRESSION",
                "10: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        (
            "é",
            [
                "1: Syntax error: token recognition error at: 'é'",
                "2: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        (
            "'é' + é",
            [
                "7: Syntax error: token recognition error at: 'é'",
                "8: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("'日本' + x", ["8: undeclared reference to 'x' (in container '')"]),
        ("\\n", ["1: Syntax error: token recognition error at: '\\'"]),
        ("1,2", ["2: Syntax error: mismatched input ',' expecting <EOF>"]),
        ("()", ["2: Syntax error: mismatched input ')' expecting EXPRESSION"]),
        ("[]()", ["3: Syntax error: mismatched input '(' expecting <EOF>"]),
        ("\"a\" 'b'", ["5: Syntax error: extraneous input ''b'' expecting <EOF>"]),
        ("1 == 1 == 1", ["8: found no matching overload for '_==_' applied to '(bool, int)'"]),
        ("1 < 2 < 3", ["7: found no matching overload for '_<_' applied to '(bool, int)'"]),
        (
            "a ? b : c ? d : e",
            [
                "1: undeclared reference to 'a' (in container '')",
                "9: undeclared reference to 'c' (in container '')",
                "13: undeclared reference to 'd' (in container '')",
                "17: undeclared reference to 'e' (in container '')",
            ],
        ),
        (
            "a => b",
            ["3: Syntax error: token recognition error at: '=>'", "6: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        ("a -> b", ["4: Syntax error: extraneous input '>' expecting EXPRESSION"]),
        ("a ** b", ["4: Syntax error: extraneous input '*' expecting EXPRESSION"]),
        ("a // b", ["1: undeclared reference to 'a' (in container '')"]),
        ("a <> b", ["4: Syntax error: extraneous input '>' expecting EXPRESSION"]),
        ("a !== b", ["5: Syntax error: token recognition error at: '= '"]),
        ("a === b", ["5: Syntax error: token recognition error at: '= '"]),
        (
            "a ~ b",
            ["3: Syntax error: token recognition error at: '~'", "5: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        ("~a", ["1: Syntax error: token recognition error at: '~'"]),
        (
            "a ^ b",
            ["3: Syntax error: token recognition error at: '^'", "5: Syntax error: extraneous input 'b' expecting <EOF>"],
        ),
        (
            "a++",
            [
                "3: Syntax error: mismatched input '+' expecting EXPRESSION",
                "4: Syntax error: mismatched input '<EOF>' expecting EXPRESSION",
            ],
        ),
        ("not a", ["5: Syntax error: extraneous input 'a' expecting <EOF>"]),
        ("a and b", ["3: Syntax error: mismatched input 'and' expecting <EOF>"]),
        ("a or b", ["3: Syntax error: mismatched input 'or' expecting <EOF>"]),
        ("a.b()c", ["6: Syntax error: extraneous input 'c' expecting <EOF>"]),
        ("a.b(.c", ["7: Syntax error: missing ')' at '<EOF>'"]),
        ("a.b(c.)", ["7: Syntax error: no viable alternative at input '.)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
