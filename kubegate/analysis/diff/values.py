"""Sets of texts that are finite or all-but-finite: one dimension of what a policy allows.

"Any other value" is a value of its own here: the complement of a finite set. So wildcards are compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count
from string import ascii_lowercase, digits

from kubegate.authz.access.patterns import glob

OTHER = "other"
"""The beginning of the example chosen where any other value will do."""
_LETTERS = ascii_lowercase[::-1]
_LIKELY = (OTHER, *(f"{letter}-{OTHER}-{letter}" for letter in _LETTERS))
"""Texts that are likely none of some names and patterns."""


class Verbatim(str):
    """A text whose stars are stars: another value than the pattern that is written alike."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verbatim) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Verbatim, str(self)))


def verbatim(texts: Iterable[str]) -> list[str]:
    """Texts that are no patterns, whatever they look like."""
    return [Verbatim(text) if "*" in text else text for text in texts]


def is_pattern(text: str) -> bool:
    """Does a star in it stand for any text?"""
    return "*" in text and not isinstance(text, Verbatim)


@dataclass(frozen=True, slots=True)
class Values:
    """The texts in ``names``, or (``others``) all texts but those."""

    names: frozenset[str]
    others: bool = False

    @classmethod
    def of(cls, names: Iterable[str]) -> Values:
        """Exactly these."""
        return cls(frozenset(names))

    @property
    def empty(self) -> bool:
        return not self.others and not self.names

    def __and__(self, other: Values) -> Values:
        if self.others and other.others:
            return Values(self.names | other.names, True)
        if self.others:
            return Values(other.names - self.names)
        if other.others:
            return Values(self.names - other.names)
        return Values(self.names & other.names)

    def __sub__(self, other: Values) -> Values:
        return self & Values(other.names, not other.others)

    def example(self) -> str:
        """One of the values: the smallest name, or one that is none of those excluded."""
        if not self.others:
            return min(self.names)
        taken = [name for name in self.names if name.strip("*")]  # a star alone is a text: as a pattern it is everything
        for text in _LIKELY:
            if text not in self.names and not any(is_pattern(name) and glob(name).fullmatch(text) for name in taken):
                return text
        return unused_letter(letter for name in taken for letter in name)

    def __str__(self) -> str:
        if not self.others:
            return ",".join(sorted(name or '""' for name in self.names))
        return "*" if not self.names else "* except " + ",".join(sorted(name or '""' for name in self.names))

    @property
    def size(self) -> float:
        """How many values; infinite for all-but-finite sets."""
        return float("inf") if self.others else len(self.names)


def unused_letter(used: Iterable[str]) -> str:
    """One that is none of these, so that no text with one of them is a beginning or a part of what is made of it."""
    known = set(used)
    return next(letter for letter in chain(_LETTERS, digits, map(chr, count(ord("à")))) if letter not in known)


ANY = Values(frozenset(), True)
