"""Errors at places of an expression, printed as cel-go prints them: message, line, caret."""

from __future__ import annotations

from bisect import bisect_right

MAX_REPORTED = 100
MAX_SNIPPET = 16384

NOWHERE = -1
"""The offset of an error that stands nowhere in particular."""


class Issues:
    """The complaints about one expression, in the order met; printed by position."""

    __slots__ = ("_errors", "_line_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._errors: list[tuple[int, int, str]] = []
        self._line_starts = [0]
        for index, char in enumerate(text):
            if char == "\n":
                self._line_starts.append(index + 1)

    def __bool__(self) -> bool:
        return bool(self._errors)

    def report(self, offset: int, message: str) -> None:
        """Complain at a code point offset."""
        if offset < 0:
            self._errors.append((-1, -1, message))
            return
        line = bisect_right(self._line_starts, offset)
        self._errors.append((line, offset - self._line_starts[line - 1], message))

    def report_at(self, line: int, column: int, message: str) -> None:
        """Complain at a 1-based line and a 0-based column."""
        self._errors.append((line, column, message))

    def __str__(self) -> str:
        ordered = sorted(self._errors, key=lambda error: error[:2])
        shown = [self._render(*error) for error in ordered[:MAX_REPORTED]]
        if len(ordered) > MAX_REPORTED:
            shown.append(f"{len(ordered) - MAX_REPORTED} more errors were truncated")
        return "\n".join(shown)

    def _render(self, line: int, column: int, message: str) -> str:
        head = f"ERROR: <input>:{line}:{column + 1}: {message}"
        lines = self.text.split("\n")
        if not 1 <= line <= len(lines) or len(lines[line - 1].encode("utf-8", "surrogatepass")) > MAX_SNIPPET:
            return head
        snippet = lines[line - 1].replace("\t", " ")
        dots = "".join("\uff0e" if ord(char) > 0x7F else "." for char in snippet[:column])
        wide = len(snippet) > column and ord(snippet[column]) > 0x7F
        return f"{head}\n | {snippet}\n | {dots}{'＾' if wide else '^'}"
