"""Patterns of names (``web-*``) as values: each stands for all other texts that it matches.

A dimension with patterns is cut into the exact texts that some policy names and the patterns themselves, of which the
narrower ones are values of the wider ones. What patterns that overlap have in common are values of their own (``a*`` and
``*b``: ``a*b``; where no simple pattern says it, one text that both match stands for it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations

from kubegate.analysis.diff.values import ANY, Values, is_pattern
from kubegate.authz.access.patterns import glob

MOST = 200
"""Patterns, with what they have in common, that are told apart."""


class Texts:
    """What the policies of both sets say in one dimension. ``cut_off``: there were too many patterns that overlap."""

    def __init__(self, said: Iterable[str]) -> None:
        found = set(said)
        self._all = found | overlaps(filter(is_pattern, found))
        self.cut_off = len(self._all) >= len(found) + MOST

    def values(self, texts: Iterable[str]) -> Values:
        """The values of a list of texts and patterns."""
        wanted = set(texts)
        if any(not text.strip("*") and text for text in wanted):
            return ANY
        matched = {text for pattern in wanted if is_pattern(pattern) for text in self._all if _within(text, pattern)}
        return Values.of(wanted | matched)


def overlaps(patterns: Iterable[str]) -> set[str]:
    """What patterns have in common: two, and with others again, at most `MOST`."""
    known = set(patterns)
    found: set[str] = set()
    fresh = sorted(known)
    while fresh and len(found) < MOST:
        wide = sorted(filter(is_pattern, known))  # one text alone has nothing in common but itself
        pairs = [pair for pair in combinations(wide, 2) if pair[0] in fresh or pair[1] in fresh]
        fresh = sorted({common for pair in pairs for common in _common(*pair)} - known)[: MOST - len(found)]
        known.update(fresh)
        found.update(fresh)
    return found


@cache
def _within(text: str, pattern: str) -> bool:
    """Does the pattern match the text, or all that the text matches?"""
    return glob(pattern).fullmatch(text) is not None


def _common(one: str, other: str) -> frozenset[str]:
    """``a*`` and ``*b``: ``a*b``. ``ab*`` and ``*bc``: ``ab*bc`` and ``abc``. Nothing where one is within the
    other, or they have nothing in common."""
    if _within(one, other) or _within(other, one):
        return frozenset()
    (head, _, tail), (head_2, _, tail_2) = one.partition("*"), other.partition("*")
    if "*" in tail + tail_2:
        met = _met(one, other)
        return frozenset() if met is None else frozenset({met})
    start, end = max(head, head_2, key=len), max(tail, tail_2, key=len)
    if not (_begin(start, head, head_2) and _end(end, tail, tail_2)):
        return frozenset()
    closer = (start + end[shared:] for shared in range(1, min(len(start), len(end)) + 1) if start.endswith(end[:shared]))
    return frozenset({f"{start}*{end}", *(text for text in closer if _within(text, one) and _within(text, other))})


def _begin(text: str, *heads: str) -> bool:
    return all(text.startswith(head) for head in heads)


def _end(text: str, *tails: str) -> bool:
    return all(text.endswith(tail) for tail in tails)


_Places = tuple[int, int]
"""In two patterns."""


@cache
def _met(one: str, other: str) -> str | None:
    """A shortest text that both match, or None: both are read from place to place, as far as they can be together."""
    start, end = (0, 0), (len(one), len(other))
    came: dict[_Places, tuple[_Places, str]] = {start: (start, "")}
    layer = [start]
    while layer and end not in came:
        for reading in (False, True):  # what reads nothing first, so that the text is as short as can be
            reached = [] if reading else layer
            for here in layer:
                for far, far_2, letter in _steps(one[here[0] : here[0] + 1], other[here[1] : here[1] + 1]):
                    there = (here[0] + far, here[1] + far_2)
                    if bool(letter) is reading and there not in came:
                        came[there] = (here, letter)
                        reached.append(there)
            layer = reached
    if end not in came:
        return None
    letters = []
    while end != start:
        end, letter = came[end]
        letters.append(letter)
    return "".join(reversed(letters))


def _steps(letter: str, letter_2: str) -> Iterator[tuple[int, int, str]]:
    """How far to go in each of two patterns, and what that reads: a star reads nothing, or what the other says."""
    if letter == "*":
        yield 1, 0, ""
    if letter_2 == "*":
        yield 0, 1, ""
    if letter == "*" and letter_2 not in ("", "*"):
        yield 0, 1, letter_2
    if letter_2 == "*" and letter not in ("", "*"):
        yield 1, 0, letter
    if letter == letter_2 and letter not in ("", "*"):
        yield 1, 1, letter
