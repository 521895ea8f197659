"""What a case came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One case: which file, what it claims, and what is wrong (empty: it holds); ``explanation`` says why it is as it is."""

    file: str
    name: str
    failure: str = ""
    explanation: str = ""

    @property
    def passed(self) -> bool:
        return not self.failure
