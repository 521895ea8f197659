"""What the tables of this folder are run with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.cel.environment import MUTATION, Environment
from kubegate.cel.errors import CelError, EvaluationError, InstantiationError
from kubegate.cel.types import BOOL, DYN, INT, STRING

OBJECT = {
    "l": [3, 1, 2],
    "m": {"a": 1},
    "s": "text",
    "nil": None,
    "i": 5,
    "f": 1.5,
    "big": (1 << 63) - 1,
    "min": -(1 << 63),
    "e": [],
    "mixed": [1, "a", 1.5],
}
BINDINGS = {"object": OBJECT, "n": 7, "s": "str", "b": True}
_TOKENS = "'.', '-', '!', {}'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}}"
ABBREVIATIONS = {
    "{'[', '{', '(', " + _TOKENS.format(""): "EXPRESSION",
    "{'[', '{', '(', ')', " + _TOKENS.format(""): "ARGUMENTS",
    "{'[', '{', '(', " + _TOKENS.format("'?', "): "INDEX",
}
"""What the tables call the tokens that an expression, the arguments of a call, an index may begin with."""
ENVIRONMENT = Environment({"object": DYN, "n": INT, "s": STRING, "b": BOOL}, libraries=MUTATION)


@pytest.fixture
def evaluate() -> Callable[[str], Any]:
    """The value of an expression about `OBJECT`."""
    return lambda text: ENVIRONMENT.compile(text).evaluate(BINDINGS)


@pytest.fixture
def failure() -> Callable[[str], str]:
    """Why the evaluation of an expression fails."""

    def fail(text: str) -> str:
        program = ENVIRONMENT.compile(text)
        with pytest.raises(EvaluationError) as caught:
            program.evaluate(BINDINGS)
        return caught.value.message

    return fail


@pytest.fixture
def instantiation() -> Callable[[str], str]:
    """Why an expression that is right in itself cannot become a program."""

    def fail(text: str) -> str:
        with pytest.raises(InstantiationError) as caught:
            ENVIRONMENT.compile(text)
        return caught.value.message

    return fail


@pytest.fixture
def complaints() -> Callable[[str], list[str]]:
    """What is said of an expression that does not compile: ``column: message`` of each complaint, see `ABBREVIATIONS`."""

    def complain(text: str) -> list[str]:
        with pytest.raises(CelError) as caught:
            ENVIRONMENT.compile(text)
        said = caught.value.message
        for tokens, name in ABBREVIATIONS.items():
            said = said.replace(tokens, name)
        heads = [line for line in said.split("\n") if line.startswith("ERROR: <input>:1:")]
        return [head.removeprefix("ERROR: <input>:1:") for head in heads]

    return complain
