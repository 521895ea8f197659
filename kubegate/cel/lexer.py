"""Expressions to tokens, for the parser of valid expressions. Source: ``grammar/CEL.g4``."""

from __future__ import annotations

import re
from typing import NamedTuple

RESERVED = frozenset(
    (
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "package",
        "namespace",
        "null",
        "return",
        "true",
        "var",
        "void",
        "while",
    )
)
"""Names that no variable may have."""


class Token(NamedTuple):
    """``kind`` is the operator or keyword itself, or one of ``int uint float string bytes name quoted``,
    ``end``; ``pos`` a code point offset."""

    kind: str
    text: str
    pos: int


class Malformed(Exception):
    """Not an expression; the ANTLR parser words the complaint."""


_ESCAPE = r"""\\(?:[abfnrtv"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"""
_STRING = (
    rf'[rR]"""[\s\S]*?"""|[rR]\'\'\'[\s\S]*?\'\'\'|[rR]"[^"\n\r]*"|[rR]\'[^\'\n\r]*\''
    rf'|"""(?:{_ESCAPE}|[^\\])*?"""|\'\'\'(?:{_ESCAPE}|[^\\])*?\'\'\''
    rf'|"(?:{_ESCAPE}|[^\\"\n\r])*"|\'(?:{_ESCAPE}|[^\\\'\n\r])*\''
)
_TOKEN = re.compile(
    rf"(?P<space>(?:[\t \r\n\x0c]+|//[^\n]*)+)|(?P<bytes>[bB](?:{_STRING}))|(?P<string>{_STRING})"
    r"|(?P<float>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<uint>0x[0-9a-fA-F]+[uU]|[0-9]+[uU])|(?P<int>0x[0-9a-fA-F]+|[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<quoted>`[A-Za-z0-9_.\-/ ]+`)"
    r"|(?P<op>==|!=|<=|>=|&&|\|\||[<>\[\]{}().,\-!?:+*/%])"
)
_KEYWORDS = frozenset(("in", "true", "false", "null"))


def tokenize(text: str) -> list[Token]:
    """All tokens, closed by one of kind ``end``; raises `Malformed`."""
    tokens: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() != position:
            raise Malformed
        position = match.end()
        kind = match.lastgroup
        if kind == "space":
            continue
        found = match.group()
        if kind == "op" or (kind == "name" and found in _KEYWORDS):
            kind = found
        tokens.append(Token(str(kind), found, match.start()))
    if position != len(text):
        raise Malformed
    tokens.append(Token("end", "", len(text)))
    return tokens
