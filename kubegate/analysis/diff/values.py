"""Sets of texts that are finite or all-but-finite: one dimension of what a policy allows.

"Any other value" is a value of its own here: the complement of a finite set. So wildcards are compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count
from string import ascii_lowercase

OTHER = "other"
"""The beginning of the example chosen where any other value will do."""


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
        return next(text for text in _candidates() if not any(_means(name, text) for name in self.names))

    def __str__(self) -> str:
        if not self.others:
            return ",".join(sorted(name or '""' for name in self.names))
        return "*" if not self.names else "* except " + ",".join(sorted(name or '""' for name in self.names))

    @property
    def size(self) -> float:
        """How many values; infinite for all-but-finite sets."""
        return float("inf") if self.others else len(self.names)


def _candidates() -> Iterator[str]:
    """Texts that are likely none of some names and patterns."""
    yield OTHER
    for length in count(1):
        yield from (f"{letter * length}-{OTHER}-{letter * length}" for letter in ascii_lowercase[::-1])


def _means(name: str, text: str) -> bool:
    """Is a name, or a pattern with ``*``, the text?"""
    return name == text or ("*" in name and fnmatchcase(text, name))


ANY = Values(frozenset(), True)
