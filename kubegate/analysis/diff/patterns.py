"""Patterns of names (``web-*``) as values: each stands for all other texts that it matches.

A dimension with patterns is cut into the exact texts that some policy names and the patterns themselves, of which the
narrower ones are values of the wider ones. What two patterns that overlap have in common is a value of its own (``a*`` and
``*b``: ``a*b``).
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.analysis.diff.values import ANY, Values
from kubegate.authz.access.policy import glob


class Texts:
    """What the policies of both sets say in one dimension."""

    def __init__(self, said: Iterable[str]) -> None:
        found = set(said)
        patterns = {text for text in found if "*" in text}
        patterns |= {common for one in patterns for other in patterns if (common := _common(one, other))}
        self._all = found | patterns

    def values(self, texts: Iterable[str]) -> Values:
        """The values of a list of texts and patterns."""
        wanted = set(texts)
        if any(not text.strip("*") and text for text in wanted):
            return ANY
        matched = {text for pattern in wanted if "*" in pattern for text in self._all if _within(text, pattern)}
        return Values.of(wanted | matched)


def _within(text: str, pattern: str) -> bool:
    """Does the pattern match the text, or all that the text matches?"""
    return glob(pattern).fullmatch(text) is not None


def _common(one: str, other: str) -> str:
    """``a*`` and ``*b``: ``a*b``; "" where one is within the other, or that simple form does not fit."""
    if _within(one, other) or _within(other, one):
        return ""
    (head, _, tail), (head_2, _, tail_2) = one.partition("*"), other.partition("*")
    if "*" in tail or "*" in tail_2:
        return ""
    start = max(head, head_2, key=len)
    end = max(tail, tail_2, key=len)
    fits = start.startswith(head) and start.startswith(head_2) and end.endswith(tail) and end.endswith(tail_2)
    return f"{start}*{end}" if fits else ""
