"""What a case came to."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.authz.interface import Attributes, Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """One case: which file, what it claims, and what is wrong (empty: it holds); ``explanation`` says why it is as it is.
    A case about one request has that request and its verdict."""

    file: str
    name: str
    failure: str = ""
    explanation: str = ""
    asked: Attributes | None = None
    verdict: Verdict | None = None

    @property
    def passed(self) -> bool:
        return not self.failure
