"""Whether a text is a JSONPath as kubectl and the API read it, and what is wrong with it otherwise.

Source: k8s.io/client-go ``util/jsonpath/parser.go``.
"""

from __future__ import annotations

import re

_END = ""
_SPACES = frozenset(" \t")
_BREAKS = frozenset("\r\n")
_STOPS = frozenset(".,[]$@{}") | _SPACES | _BREAKS | {_END}
_KEY = re.compile(r"'([^']*)'")
_SLICE = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
_ESCAPES = r"\\(?:[abfnrtv\\{quote}]|x[0-9a-fA-F]{{2}}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{8}}|[0-3][0-7]{{2}})"
_QUOTED = {quote: re.compile(rf"(?:[^\\{quote}]|{_ESCAPES.format(quote=quote)})*") for quote in "\"'"}
_DEPTH = 32


class _BadPathError(Exception):
    """The text is no JSONPath."""


def json_path_problem(path: str) -> str:
    """What is wrong with a JSONPath (written without braces); empty if nothing is."""
    try:
        _Reader(f"{{{path}}}", 0).read()
    except _BadPathError as error:
        return str(error)
    return ""


class _Reader:
    def __init__(self, text: str, depth: int) -> None:
        if depth > _DEPTH:
            raise _BadPathError("nested too deeply")
        self.text = text
        self.pos = 0
        self.depth = depth
        self.descends = False

    def read(self) -> None:
        """Text outside of braces is free."""
        while (start := self.text.find("{", self.pos)) >= 0:
            self.pos = start + 1
            self.descends = False
            self.action()

    def action(self) -> None:
        while not self.text.startswith("}", self.pos):
            if self.text.startswith("[?(", self.pos):
                self.filter()
            elif self.text.startswith("..", self.pos):
                self.descend()
                continue
            elif not self.part():
                continue
            self.descends = False
        self.pos += 1

    def nested(self, text: str) -> None:
        _Reader(f"{{{text}}}", self.depth + 1).read()

    def peek(self) -> str:
        return self.text[self.pos] if self.pos < len(self.text) else _END

    def next(self) -> str:
        found = self.peek()
        self.pos += len(found)
        return found

    def part(self) -> bool:
        """Reads one part of a path; whether it is one (and not just a space)."""
        found = self.next()
        if found == _END or found in _BREAKS:
            raise _BadPathError("unclosed action")
        if found in " @$":
            return False
        if found == "[":
            self.array()
        elif found in "\"'":
            self.quoted(found)
        elif found == ".":
            self.field()
        elif found in "+-" or found.isdecimal():
            self.number(self.pos - 1)
        elif found == "_" or found.isalpha():
            while self.peek() not in _STOPS:
                self.pos += 1
        else:
            raise _BadPathError(f"unrecognized character in action: U+{ord(found):04X} '{found}'")
        return True

    def field(self) -> None:
        while (found := self.peek()) not in _STOPS:
            self.pos += 2 if found == "\\" else 1

    def descend(self) -> None:
        if self.descends:
            raise _BadPathError("invalid multiple recursive descent")
        self.pos += 2
        found = self.peek()
        self.descends = not (found == "_" or found.isalnum())
        if not self.descends:
            self.field()

    def number(self, start: int) -> None:
        while (found := self.peek()) == "." or found.isdecimal():
            self.pos += 1
        text = self.text[start : self.pos]
        try:
            float(text)
        except ValueError:
            raise _BadPathError(f"cannot parse number {text}") from None

    def array(self) -> None:
        start, end = self.pos, self.text.find("]", self.pos)
        if end < 0 or "\n" in self.text[start:end]:
            raise _BadPathError("unterminated array")
        inner = self.text[start:end]
        self.pos = end + 1
        choices = inner.split(",")
        if len(choices) > 1:
            for choice in choices:
                self.nested(f"[{choice.strip(' ')}]")
        elif key := _KEY.fullmatch(inner):
            self.nested(f".{key[1]}")
        elif inner != "*":
            self.check_slice(inner)

    def check_slice(self, inner: str) -> None:
        found = _SLICE.fullmatch(inner)
        if found is None:
            raise _BadPathError(f"invalid array index {inner}")
        for part in found.groups(default=""):
            number = part.removeprefix(":")
            if number and (number == "-" or abs(int(number)) >= 1 << 63):
                raise _BadPathError(f"array index {number} is not a number")

    def filter(self) -> None:
        self.pos += len("[?(")
        start, quote, is_closed = self.pos, "", True
        while True:
            found = self.next()
            if found in ("\n", _END):
                raise _BadPathError("unterminated filter")
            if found in "\"'":
                if not quote:
                    quote, is_closed = found, False
                elif self.text[self.pos - 2] != "\\" and found == quote:
                    is_closed = True
            elif found == ")" and is_closed:
                break
        text = self.text[start : self.pos - 1]
        if self.next() != "]":
            raise _BadPathError("unclosed array expect ]")
        compared = _COMPARISON.fullmatch(text)
        for side in (compared[1], compared[3]) if compared else (text,):
            self.nested(side)

    def quoted(self, quote: str) -> None:
        start = self.pos
        while True:
            found = self.next()
            if found in ("\n", _END):
                raise _BadPathError("unterminated quoted string")
            if found == quote and self.text[self.pos - 2] != "\\":
                break
        if not _QUOTED[quote].fullmatch(self.text[start : self.pos - 1]):
            raise _BadPathError(f"unquote string {self.text[start - 1 : self.pos]} error invalid syntax")
