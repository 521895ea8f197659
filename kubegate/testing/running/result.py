"""What a case came to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubegate.authz.interface import Attributes, Verdict
from kubegate.errors import Location

if TYPE_CHECKING:  # access cases do without admission, which takes long to import
    from kubegate.analysis.admission.judgement import Judgement

Path = tuple[str | int, ...]
"""Where something stands in a suite: ``("spec", "access", 0, "can", 2)``."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case: which file, what it claims, and what is wrong (empty: it holds); ``explanation`` says why it is as it is.
    ``at`` is where the case stands in the file. A case about one request has that request and its verdict, one about
    admission the judgement."""

    file: str
    name: str
    failure: str = ""
    explanation: str = ""
    asked: Attributes | None = None
    verdict: Verdict | None = None
    at: Path = ()
    judgement: Judgement | None = None
    decided: str = ""
    stood: Location | None = None
    """`decided_by` and `decided_at` of a result that was made in another process, which keeps verdict and judgement."""

    warning: str = ""
    """Why the case may not mean what it says, whether it holds or not: a resource that nobody knows."""

    @property
    def passed(self) -> bool:
        return not self.failure

    @property
    def stage(self) -> str:
        """The part of the suite's spec that the case is in: ``access``, ``admission`` ..."""
        return str(self.at[1]) if len(self.at) > 1 else ""

    @property
    def decided_by(self) -> str:
        """What decided: binding and rule, or plugin, object and path; "" if nothing did."""
        if self.judgement is not None:
            return self.judgement.decider or self.decided
        if self.verdict is None:
            return self.decided
        return self.verdict.determined_by.text if self.verdict.determined_by else ""

    @property
    def decided_at(self) -> Location | None:
        """Where what decided stands."""
        if self.stood is not None:
            return self.stood
        if self.judgement is not None:
            return next((part.decided_at for part in (self.judgement, *self.judgement.pods) if part.decided_at), None)
        places = self.verdict.determined_by.locations if self.verdict and self.verdict.determined_by else ()
        return places[0] if places else None

    def detached(self) -> Result:
        """The result without what led to it, for another process."""
        stood = None if self.passed else self.decided_at  # looking it up takes time, and only failures are shown with it
        return replace(self, asked=None, verdict=None, judgement=None, decided=self.decided_by, stood=stood)
