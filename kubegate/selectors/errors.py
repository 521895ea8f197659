"""What is wrong with a selector, and where."""

from __future__ import annotations

from kubegate.errors import InvalidInput, Location


class SelectorError(InvalidInput):
    """A selector cannot be parsed or applied. ``message`` is in the server's words.

    ``text`` is the selector, ``position`` the 0-based offset of the offending part (-1: unknown), ``expectation`` what
    could have stood there ("" when the part is well-formed but not valid).
    """

    code = "invalid-selector"

    def __init__(self, message: str, *, text: str = "", position: int = -1, expectation: str = "") -> None:
        location = Location("<selector>", 1, position + 1) if position >= 0 else None
        super().__init__(message, location=location)
        self.text = text
        self.position = position
        self.expectation = expectation

    def __str__(self) -> str:
        return self.message

    def with_text(self, text: str) -> SelectorError:
        """The same error, knowing the whole selector."""
        return SelectorError(self.message, text=text, position=self.position, expectation=self.expectation)

    @property
    def caret(self) -> str:
        """The selector and, below it, a caret under the offending part; "" if the place is unknown."""
        if self.position < 0:
            return ""
        shown = "".join(char if char.isprintable() else "�" for char in self.text)
        return f"{shown}\n{' ' * self.position}^"
