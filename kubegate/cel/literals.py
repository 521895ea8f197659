"""The values of literal tokens. Source: cel-go ``parser/unescape.go``."""

from __future__ import annotations

import re
from typing import Any

from kubegate.cel.values import INT_MAX, INT_MIN, UINT_MAX, UInt

_ESCAPE = re.compile(r"\\(?:([abfnrtv\"'\\?`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class BadLiteral(Exception):
    """The literal has no value; the argument is the complaint."""


def _body(text: str) -> tuple[str, bool]:
    raw = text[0] in "rR"
    if raw:
        text = text[1:]
    quotes = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    body = text[quotes:-quotes]
    return body.replace("\r\n", "\n").replace("\r", "\n") if quotes == 3 else body, raw


def string_value(text: str) -> str:
    """The value of a string token; raises `BadLiteral`."""
    body, raw = _body(text)
    if raw or "\\" not in body:
        return body

    def replace(match: re.Match[str]) -> str:
        simple, hexadecimal, short, long, octal = match.groups()
        if simple:
            return _SIMPLE.get(simple, simple)
        code = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
        if (short or long) and (0xD800 <= code < 0xE000 or code > 0x10FFFF):
            raise BadLiteral("invalid unicode code point")
        return chr(code)

    return _ESCAPE.sub(replace, body)


def bytes_value(text: str) -> bytes:
    """The value of a bytes token (``\\x`` and octal escapes are single bytes); raises `BadLiteral`."""
    body, raw = _body(text[1:])
    if raw or "\\" not in body:
        return body.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    position = 0
    for match in _ESCAPE.finditer(body):
        parts.append(body[position : match.start()].encode("utf-8", "surrogatepass"))
        position = match.end()
        simple, hexadecimal, short, long, octal = match.groups()
        if simple:
            parts.append(_SIMPLE.get(simple, simple).encode())
        elif short or long:
            raise BadLiteral("unable to unescape string")
        else:
            parts.append(bytes((int(octal, 8) if octal else int(hexadecimal, 16),)))
    parts.append(body[position:].encode("utf-8", "surrogatepass"))
    return b"".join(parts)


KINDS = ("int", "uint", "float", "string", "bytes")


def value_of(kind: str, text: str, sign: int = 1) -> Any:
    """The value of a literal; raises `BadLiteral`."""
    if kind == "string":
        return string_value(text)
    if kind == "bytes":
        return bytes_value(text)
    if kind == "float":
        real = sign * float(text)
        if abs(real) == float("inf"):
            raise BadLiteral("invalid double literal")
        return real
    number = int(text.rstrip("uU"), 16 if text.startswith("0x") else 10)
    if kind == "uint":
        if number > UINT_MAX:
            raise BadLiteral("invalid uint literal")
        return UInt(number)
    if not INT_MIN <= sign * number <= INT_MAX:
        raise BadLiteral("invalid int literal")
    return sign * number
