"""What Go's JSON decoder says of a text that is not JSON, or of a value of another type than wanted.

The server's messages quote these. Source: the behaviour of Go's ``encoding/json``.
"""

from __future__ import annotations

from typing import Any

_LITERALS = {"t": "true", "f": "false", "n": "null"}
_WHITE = " \t\r\n"
_EOF = "unexpected end of JSON input"


class _Bad(Exception):
    """The first place where the text stops being JSON."""


def kind_name(value: Any) -> str:
    """How Go's decoder names a JSON value: string, number, bool, array, object."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def type_error(value: Any, field: str, target: str) -> str:
    """``json: cannot unmarshal array into Go struct field Policy.user of type string``; without ``field``: ``Go value``."""
    place = f"Go struct field {field}" if field else "Go value"
    return f"json: cannot unmarshal {kind_name(value)} into {place} of type {target}"


def syntax_error(text: str) -> str:
    """The decoder's message for a text that is not one JSON value; "" if it is one. One that nests too deep is none."""
    try:
        end = _value(text, _skip(text, 0), "looking for beginning of value")
        end = _skip(text, end)
        if end < len(text):
            raise _Bad(f"invalid character {_char(text[end])} after top-level value")
    except _Bad as error:
        return str(error)
    except RecursionError:
        return "exceeded max depth"
    return ""


def _char(char: str) -> str:
    if char == "'":
        return r"'\''"
    if char == '"':
        return "'\"'"
    escapes = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\", "\b": r"\b", "\f": r"\f", "\v": r"\v", "\a": r"\a"}
    if char in escapes:
        return f"'{escapes[char]}'"
    code = char.encode("utf-8", "surrogateescape")[0]  # the decoder looks at bytes, and names them as Latin-1
    if code < 0x20 or code == 0x7F:
        return f"'\\x{code:02x}'"
    shown = chr(code)
    return f"'{shown}'" if shown.isprintable() else f"'\\u{code:04x}'"


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITE:
        at += 1
    return at


def _at(text: str, at: int) -> str:
    if at >= len(text):
        raise _Bad(_EOF)
    return text[at]


def _value(text: str, at: int, context: str) -> int:
    char = _at(text, at)
    if char == "{":
        return _object(text, at + 1)
    if char == "[":
        return _array(text, at + 1)
    if char == '"':
        return _string(text, at + 1)
    if char in _LITERALS:
        return _literal(text, at, _LITERALS[char])
    if char == "-" or (char.isascii() and char.isdigit()):
        return _number(text, at)
    raise _Bad(f"invalid character {_char(char)} {context}")


def _object(text: str, at: int) -> int:
    at = _skip(text, at)
    if _at(text, at) == "}":
        return at + 1
    while True:
        if _at(text, at) != '"':
            raise _Bad(f"invalid character {_char(text[at])} looking for beginning of object key string")
        at = _skip(text, _string(text, at + 1))
        if _at(text, at) != ":":
            raise _Bad(f"invalid character {_char(text[at])} after object key")
        at = _skip(text, _value(text, _skip(text, at + 1), "looking for beginning of value"))
        char = _at(text, at)
        if char == "}":
            return at + 1
        if char != ",":
            raise _Bad(f"invalid character {_char(char)} after object key:value pair")
        at = _skip(text, at + 1)


def _array(text: str, at: int) -> int:
    at = _skip(text, at)
    if _at(text, at) == "]":
        return at + 1
    while True:
        at = _skip(text, _value(text, at, "looking for beginning of value"))
        char = _at(text, at)
        if char == "]":
            return at + 1
        if char != ",":
            raise _Bad(f"invalid character {_char(char)} after array element")
        at = _skip(text, at + 1)


def _string(text: str, at: int) -> int:
    while True:
        char = _at(text, at)
        if char == '"':
            return at + 1
        if char < " ":
            raise _Bad(f"invalid character {_char(char)} in string literal")
        if char == "\\":
            at = _escape(text, at + 1)
        else:
            at += 1


def _escape(text: str, at: int) -> int:
    char = _at(text, at)
    if char != "u":
        if char not in '"\\/bfnrt':
            raise _Bad(f"invalid character {_char(char)} in string escape code")
        return at + 1
    for offset in range(1, 5):
        digit = _at(text, at + offset)
        if digit not in "0123456789abcdefABCDEF":
            raise _Bad(f"invalid character {_char(digit)} in \\u hexadecimal character escape")
    return at + 5


def _literal(text: str, at: int, word: str) -> int:
    for offset, wanted in enumerate(word):
        char = _at(text, at + offset)
        if char != wanted:
            raise _Bad(f"invalid character {_char(char)} in literal {word} (expecting '{wanted}')")
    return at + len(word)


def _digits(text: str, at: int, context: str) -> int:
    char = _at(text, at)
    if not (char.isascii() and char.isdigit()):
        raise _Bad(f"invalid character {_char(char)} {context}")
    while at < len(text) and text[at].isascii() and text[at].isdigit():
        at += 1
    return at


def _number(text: str, at: int) -> int:
    if text[at] == "-":
        at += 1
        if not (_at(text, at).isascii() and text[at].isdigit()):
            raise _Bad(f"invalid character {_char(text[at])} in numeric literal")
    at = at + 1 if text[at] == "0" else _digits(text, at, "in numeric literal")
    if at < len(text) and text[at] == ".":
        at = _digits(text, at + 1, "after decimal point in numeric literal")
    if at < len(text) and text[at] in "eE":
        at += 1
        if _at(text, at) in "+-":
            at += 1
        at = _digits(text, at, "in exponent of numeric literal")
    return at
