"""Where each part of an expression stands: the range of its text, parentheses included.

The tree itself knows single offsets only (those that errors point at); who shows or changes parts of a text asks here.
"""

from __future__ import annotations

from collections.abc import Callable

from kubegate.cel.ast import Node
from kubegate.cel.lexer import Malformed, tokenize
from kubegate.cel.parser import Parser, TooDeep
from kubegate.cel.source import Issues

Span = tuple[int, int]
"""(first code point, code point after the last)"""


class _Measuring(Parser):
    """Notes the range of what it parses; of a part that is met several times the widest counts, which comes last."""

    spans: dict[Node, Span]

    def expression(self) -> Node:
        return self._noted(super().expression)

    def logical(self, operator: str) -> Node:
        return self._noted(lambda: super(_Measuring, self).logical(operator))

    def binary(self, level: int) -> Node:
        return self._noted(lambda: super(_Measuring, self).binary(level))

    def unary(self) -> Node:
        return self._noted(super().unary)

    def member(self) -> Node:
        return self._noted(super().member)

    def _noted(self, parse: Callable[[], Node]) -> Node:
        start = self.tokens[self.index].pos
        node = parse()
        last = self.tokens[self.index - 1]
        self.spans[node] = (start, last.pos + len(last.text))
        return node


def parse_with_spans(text: str) -> tuple[Node, dict[Node, Span]]:
    """The tree of a valid expression, and the ranges of the parts that are written out (macros expand to more than that).

    Raises `lexer.Malformed` for what is no expression, or one that is nested too deeply."""
    parser = _Measuring(tokenize(text), Issues(text))
    parser.spans = {}
    try:
        tree = parser.parse()
    except (TooDeep, RecursionError):
        raise Malformed from None
    if parser.issues:
        raise Malformed
    return tree, parser.spans
