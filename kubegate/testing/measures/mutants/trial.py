"""What the kinds of mutants have in common for a suite that is run against them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion
from kubegate.testing.running.result import Result


class Trial(Protocol):
    """A suite, and mutants of one kind of policy."""

    def applied(self, mutant: Mutant) -> AbstractContextManager[None]:
        """While it lasts, the mutant is in force; raises `KubegateError` for one that cannot be loaded."""
        ...

    def results(self, mutant: Mutant, pattern: str) -> Iterator[Result]:
        """The cases that the mutant may concern."""
        ...

    def is_equivalent(self, mutant: Mutant) -> bool:
        """Whether it is proved that no request tells it from the original (it is in force)."""
        ...

    def suggestion(self, mutant: Mutant) -> Suggestion | None:
        """A case that holds for the original and not for the mutant, if one was found. (It is not in force.)"""
        ...
