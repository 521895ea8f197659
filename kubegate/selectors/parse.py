"""Text -> label selector, by the grammar in ``label_selector.lark``; the only file that knows the parser library.

The grammar decides what is a selector; this file turns reductions into requirements and refusals into the server's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.common import LexerConf
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from kubegate.api.field_errors import aggregate, invalid
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors
from kubegate.selectors.requirement import LabelSelector, Operator, Requirement, parse_int64, requirement_errors

_PREFIX = "unable to parse requirement: "

_EXPECTATIONS = {
    # what the grammar accepts at a place -> how the server says that something else was found there
    "!, WORD, end": "found '{}', expected: !, identifier, or 'end of string'",
    "!, WORD": "found '{}', expected: identifier after ','",
    "WORD": _PREFIX + "found '{}', expected: identifier",
    "COMPARISON, SETOPERATOR, ,, end": _PREFIX + "found '{}', expected: in, notin, =, ==, !=, gt, lt",
    ",, end": "found '{}', expected: ',' or 'end of string'",
    "WORD, ,, end": _PREFIX + "found '{}', expected: identifier",
    "(": _PREFIX + "found '{}' expected: '('",
    "WORD, ,, ) after (": _PREFIX + "found '{}', expected: ',', ')' or identifier",
    "WORD, ,, )": _PREFIX + "found '{}', expected: ',', or identifier",
    ",, )": _PREFIX + "found '{}', expected: ',' or ')'",
}

_NAMES = {"BANG": "!", "WORD": "WORD", "COMPARISON": "COMPARISON", "SETOPERATOR": "SETOPERATOR", "LPAR": "("}
_NAMES |= {"COMMA": ",", "RPAR": ")", "$END": "end"}

_TOKEN = re.compile(r"[ \t\r\n]*(?:([^\0 \t\r\n=!(),<>]+)|(==|!=|[=!(),<>]))\0?")

_TOKEN_TYPES = {
    "!": "BANG",
    "(": "LPAR",
    ")": "RPAR",
    ",": "COMMA",
    **dict.fromkeys(("=", "==", "!=", "<", ">"), "COMPARISON"),
    **dict.fromkeys(("in", "notin"), "SETOPERATOR"),
}

_OPERATORS = {
    "=": Operator.EQUALS,
    "==": Operator.DOUBLE_EQUALS,
    "!=": Operator.NOT_EQUALS,
    ">": Operator.GREATER_THAN,
    "<": Operator.LESS_THAN,
    "in": Operator.IN,
    "notin": Operator.NOT_IN,
}


class _Scanner(Lexer):
    """The tokens of a text. A NUL ends the text, but right after a token it only separates (as the real lexer has it)."""

    def __init__(self, conf: LexerConf) -> None:
        # Lark hands over the grammar's terminals; the pattern above is the same in one expression, several times faster.
        del conf

    def lex(self, text: str) -> Iterator[Token]:  # type: ignore[override]  # the simple custom-lexer interface of Lark
        types = _TOKEN_TYPES
        match = _TOKEN.match
        found = match(text)
        while found:
            index = found.lastindex or 1
            literal = found[index]
            yield Token(types.get(literal, "WORD"), literal, found.start(index))
            found = match(text, found.end())


class _Builder(Transformer[Token, LabelSelector]):
    """Called at each reduction; raises `SelectorError` for keys and values that are well placed but not valid."""

    def start(self, children: list[Requirement]) -> LabelSelector:
        return LabelSelector(children)

    def key(self, children: list[Token]) -> str:
        token = children[0]
        key = str(token)
        if faults := label_key_errors(key):
            fault = invalid("<nil>", key, "; ".join(faults))
            raise SelectorError(f"{_PREFIX}{fault}", position=token.start_pos or 0)
        return key

    absent_key = key

    def value(self, children: list[Token]) -> Token | None:
        return children[0] if children else None

    item = value

    def values(self, children: list[Any]) -> list[Token | None]:
        return [children[0]] if len(children) == 1 else [*children[0], children[1]]

    def exists(self, children: list[str]) -> Requirement:
        return Requirement(children[0], Operator.EXISTS)

    def absent(self, children: list[str]) -> Requirement:
        return Requirement(children[0], Operator.DOES_NOT_EXIST)

    def compare(self, children: list[Any]) -> Requirement:
        return self._requirement(children[0], children[1], [children[2]])

    def member(self, children: list[Any]) -> Requirement:
        return self._requirement(children[0], children[1], children[2])

    def _requirement(self, key: str, sign: Token, tokens: list[Token | None]) -> Requirement:
        operator = _OPERATORS[str(sign)]
        values = tuple(sorted({str(token) if token is not None else "" for token in tokens}))
        faulty = any(map(label_value_errors, values)) or (str(sign) in "<>" and parse_int64(values[0]) is None)
        if not faulty:
            return Requirement(key, operator, values)
        bad = [token for token in tokens if token and (label_value_errors(str(token)) or str(sign) in "<>")]
        position = (bad[0] if bad else sign).start_pos or 0
        raise SelectorError(_PREFIX + aggregate(requirement_errors(key, operator, values)), position=position)


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("label_selector.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Scanner, transformer=_Builder(), maybe_placeholders=False)


def parse_label_selector(text: str) -> LabelSelector:
    """The selector that a text means; raises `SelectorError` in the words of ``labels.Parse``."""
    try:
        selector: LabelSelector = _parser().parse(text)  # type: ignore[assignment]  # the transformer's type
        return selector
    except UnexpectedToken as refusal:
        raise _explain(refusal, text) from None
    except SelectorError as error:
        raise error.with_text(text) from None


def _explain(refusal: UnexpectedToken, text: str) -> SelectorError:
    """The error in the server's words. An invalid key or value before the unexpected token is reported instead of it."""
    accepted = [name for type_, name in _NAMES.items() if type_ in refusal.expected]
    if "WORD" in accepted:
        accepted = [name for name in accepted if name != "SETOPERATOR"]
    elif "," in accepted:
        try:
            # A comma here would end what was read so far, which makes the builder judge it.
            refusal.state.copy(deepcopy_values=False).feed_token(Token("COMMA", ","))
        except SelectorError as error:
            return error.with_text(text)
    place = ", ".join(accepted)
    if place == "WORD, ,, )" and refusal.state.value_stack[-1] == "(":
        place += " after ("
    token = refusal.token
    at_end = token.type == "$END"
    message = _EXPECTATIONS[place].format("" if at_end else token)
    position = len(text) if at_end else token.start_pos or 0
    return SelectorError(message, text=text, position=position, expectation=message.partition("expected: ")[2])
