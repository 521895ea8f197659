"""Regular expressions with RE2's syntax and linear time; errors in the words of Go's ``regexp``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from kubegate.cel.errors import EvaluationError

_ERRORS = {
    "missing closing ]": "missing closing ]",
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "missing closing )": "missing closing )",
    "unexpected )": "unexpected )",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid escape sequence": "invalid escape sequence",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "bad repetition operator": "invalid nested repetition operator",
    "bad repetition count": "invalid repeat count",
    "invalid repetition size": "invalid repeat count",
    "invalid character class": "invalid character class",
    "invalid character class range": "invalid character class range",
    "trailing \\ at end of regexp": "trailing backslash at end of expression",
    "trailing \\": "trailing backslash at end of expression",
    "invalid named capture group": "invalid named capture",
    "invalid UTF-8": "invalid UTF-8",
    "pattern too large": "expression too large",
}


class BadPattern(EvaluationError):
    """Not a regular expression; the message is that of Go."""


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = False
    options.max_mem = 8 << 20
    return options


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """A compiled pattern (an re2 object); raises `BadPattern`."""
    try:
        return re2.compile(pattern, options=_options())
    except re2.error as error:
        raise BadPattern(_message(pattern, error)) from None


def _message(pattern: str, error: Exception) -> str:
    text = error.args[0] if error.args else ""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    what, _, argument = str(text).partition(": ")
    words = _ERRORS.get(what, what)
    if words == "missing closing )" or not argument:
        argument = pattern
    if words == "trailing backslash at end of expression":
        argument = ""
    return f"error parsing regexp: {words}: `{argument}`"


def search(pattern: str, text: str) -> bool:
    """Whether the pattern occurs in the text; raises `BadPattern`."""
    return compile_pattern(pattern).search(text) is not None


def find(pattern: str, text: str) -> str:
    """The first occurrence, or ""."""
    found = compile_pattern(pattern).search(text)
    return "" if found is None else str(found.group(0))


def find_all(pattern: str, text: str, limit: int) -> list[str]:
    """The occurrences, at most ``limit`` (negative: all)."""
    if limit == 0:
        return []
    found: list[str] = []
    for match in compile_pattern(pattern).finditer(text):
        found.append(str(match.group(0)))
        if len(found) == limit:
            break
    return found
