"""What is said of expressions that do not compile, to the letter."""

from __future__ import annotations

import pytest

from kubegate.cel import environments
from kubegate.cel.environment import Environment
from kubegate.cel.errors import CelError, InstantiationError, ReturnTypeError
from kubegate.cel.types import BOOL, DYN, INT, STRING, object_type

ENVIRONMENT = Environment({"object": DYN, "user": object_type("User")}, {"User": {"name": STRING, "age": INT}})


def complaint(text: str) -> str:
    with pytest.raises(CelError) as caught:
        ENVIRONMENT.compile(text)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("nothing", 1, "undeclared reference to 'nothing' (in container '')"),
        ("user.nam", 5, "undefined field 'nam'"),
        ("1 + 'a'", 3, "found no matching overload for '_+_' applied to '(int, string)'"),
        ("!1", 1, "found no matching overload for '!_' applied to '(int)'"),
        ("user.age == 'x'", 10, "found no matching overload for '_==_' applied to '(int, string)'"),
        ("object.foo.bar()", 15, "undeclared reference to 'bar' (in container '')"),
        ("[1, 2].all(1, true)", 12, "argument must be a simple name"),
        ("has(1)", 5, "invalid argument to has() macro"),
        ("'a'.matches('(')", 13, "invalid matches argument"),
        ("timestamp('x')", 11, "invalid timestamp argument"),
        ("duration('x')", 10, "invalid duration argument"),
    ],
)
def test_place_and_words(text: str, column: int, message: str) -> None:
    assert complaint(text) == f"ERROR: <input>:1:{column}: {message}\n | {text}\n | {'.' * (column - 1)}^"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("object.", "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'"),
        ("1 +", "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {"),
        ("(1", "ERROR: <input>:1:3: Syntax error: missing ')' at '<EOF>'"),
        ("'abc", "ERROR: <input>:1:1: Syntax error: token recognition error at: ''abc'"),
        ("if", "ERROR: <input>:1:1: reserved identifier: if"),
        ("99999999999999999999", "ERROR: <input>:1:1: invalid int literal"),
    ],
)
def test_syntax(text: str, start: str) -> None:
    assert complaint(text).startswith(start)


def test_return_type() -> None:
    with pytest.raises(ReturnTypeError, match=r"^must evaluate to bool but got int$"):
        ENVIRONMENT.compile("1", (BOOL,))


def test_constants_are_folded_when_compiled() -> None:
    with pytest.raises(InstantiationError) as caught:
        ENVIRONMENT.compile("uint(-1) == 1u")
    assert caught.value.message == "unsigned integer overflow"


def test_environments_know_their_variables() -> None:
    admission = environments.admission(params=True, authorizer=True)
    admission.compile("params.x == object.y && authorizer.group('').resource('pods').check('get').allowed()")
    with pytest.raises(CelError, match="undefined field 'nothing'"):
        admission.compile("request.nothing")
    environments.authorization().compile("request.resourceAttributes.namespace == 'a' && 'g' in request.groups")
    environments.claims().compile("claims.email.endsWith('@example.com')")
    environments.user().compile("user.username.startsWith('a')")
    with pytest.raises(CelError, match="undeclared reference to 'object'"):
        environments.claims().compile("object")
