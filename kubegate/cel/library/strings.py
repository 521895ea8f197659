"""The string extensions, version 2, and Kubernetes' ``find``.

Source: cel-go ``ext/strings.go``, apiserver ``library/regex.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.go import ESCAPES
from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs, regexes
from kubegate.cel.library.formatting import format_string
from kubegate.cel.types import DYN, INT, STRING, list_of

_STRINGS = list_of(STRING)
# strings.TrimSpace: Unicode's White_Space, which lacks the separators U+001C to U+001F that Python strips.
_SPACES = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _out_of_range(position: int) -> EvaluationError:
    return EvaluationError(f"index out of range: {position}")


def char_at(text: str, position: int) -> str:
    """The character at a position; "" just behind the end."""
    if not 0 <= position <= len(text):
        raise _out_of_range(position)
    return text[position : position + 1]


def index_of(text: str, part: str, start: int | None = None) -> int:
    """Where ``part`` first stands, from ``start`` on; -1 if nowhere."""
    if start is None:
        return text.find(part)
    if part == "":
        # An empty text is found wherever the search starts, even outside.
        return start
    if start < 0:
        raise _out_of_range(start)
    return text.find(part, start)


def last_index_of(text: str, part: str, start: int | None = None) -> int:
    """Where ``part`` last stands, beginning at ``start`` at the latest; -1 if nowhere."""
    if start is None:
        return text.rfind(part)
    if part == "":
        return start
    if start < 0:
        raise _out_of_range(start)
    return text.rfind(part, 0, start + len(part)) if start < len(text) else -1


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    """Replace occurrences, at most ``count`` (negative: all)."""
    return text.replace(old, new, count)


def split(text: str, separator: str, count: int = -1) -> list[str]:
    """The parts, at most ``count`` (negative: all, 0: none)."""
    if count == 0:
        return []
    if separator == "":
        parts = list(text)
        if 0 < count < len(parts):
            parts = [*parts[: count - 1], "".join(parts[count - 1 :])]
        return parts
    return text.split(separator, count - 1 if count > 0 else -1)


def substring(text: str, start: int, end: int | None = None) -> str:
    """The characters from ``start`` to before ``end``."""
    if end is not None and start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    if not 0 <= start <= len(text):
        raise _out_of_range(start)
    if end is not None and not 0 <= end <= len(text):
        raise _out_of_range(end)
    return text[start:end]


def join(parts: Any, separator: str = "") -> str:
    """The strings with a separator between them."""
    for part in parts:
        if type(part) is not str:
            raise EvaluationError(f"join: invalid input: {part}")
    return separator.join(parts)


def quote(text: str) -> str:
    """In double quotes, with escapes."""
    return '"' + "".join(ESCAPES.get(char, "\ufffd" if 0xD800 <= ord(char) < 0xE000 else char) for char in text) + '"'


def _find(text: str, pattern: str) -> str:
    return regexes.find(pattern, text)


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    return regexes.find_all(pattern, text, limit)


LIBRARY = Library(
    (
        Function("charAt", (member("string_char_at_int", (STRING, INT), STRING, char_at),)),
        Function(
            "indexOf",
            (
                member("string_index_of_string", (STRING, STRING), INT, index_of),
                member("string_index_of_string_int", (STRING, STRING, INT), INT, index_of),
            ),
            costs.elements,
        ),
        Function(
            "lastIndexOf",
            (
                member("string_last_index_of_string", (STRING, STRING), INT, last_index_of),
                member("string_last_index_of_string_int", (STRING, STRING, INT), INT, last_index_of),
            ),
            costs.elements,
        ),
        Function(
            "lowerAscii", (member("string_lower_ascii", (STRING,), STRING, lambda s: s.translate(_LOWER)),), costs.once
        ),
        Function(
            "upperAscii", (member("string_upper_ascii", (STRING,), STRING, lambda s: s.translate(_UPPER)),), costs.once
        ),
        Function("trim", (member("string_trim", (STRING,), STRING, lambda s: s.strip(_SPACES)),), costs.once),
        Function(
            "replace",
            (
                member("string_replace_string_string", (STRING, STRING, STRING), STRING, replace),
                member("string_replace_string_string_int", (STRING, STRING, STRING, INT), STRING, replace),
            ),
            costs.twice,
        ),
        Function(
            "split",
            (
                member("string_split_string", (STRING, STRING), _STRINGS, split),
                member("string_split_string_int", (STRING, STRING, INT), _STRINGS, split),
            ),
            costs.twice,
        ),
        Function(
            "substring",
            (
                member("string_substring_int", (STRING, INT), STRING, substring),
                member("string_substring_int_int", (STRING, INT, INT), STRING, substring),
            ),
            costs.once,
        ),
        Function(
            "join",
            (
                member("list_join", (_STRINGS,), STRING, join),
                member("list_join_string", (_STRINGS, STRING), STRING, join),
            ),
            costs.result_twice,
        ),
        Function("format", (member("string_format", (STRING, list_of(DYN)), STRING, format_string),), costs.once),
        Function("strings.quote", (overload("strings_quote", (STRING,), STRING, quote),), costs.once),
        Function("find", (member("string_find_string", (STRING, STRING), STRING, _find),), costs.regex),
        Function(
            "findAll",
            (
                member("string_find_all_string", (STRING, STRING), _STRINGS, _find_all),
                member("string_find_all_string_int", (STRING, STRING, INT), _STRINGS, _find_all),
            ),
            costs.regex,
        ),
    )
)
