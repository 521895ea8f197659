"""What a case came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubegate.authz.interface import Attributes, Verdict

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
            return self.judgement.decider
        return self.verdict.determined_by.text if self.verdict is not None and self.verdict.determined_by else ""
