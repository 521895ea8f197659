"""Why somebody may act as somebody else or not: each way, the questions it asks, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.impersonation.impersonator import Impersonator
from kubegate.authz.impersonation.modes import MODES, Mode
from kubegate.authz.impersonation.needs import needed
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer


@dataclass(frozen=True)
class Way:
    """One kind of impersonation (the old one goes for any request), and each of its questions."""

    mode: Mode
    questions: tuple[Explanation, ...]

    @property
    def missing(self) -> tuple[Explanation, ...]:
        """The questions that nothing allows."""
        return tuple(question for question in self.questions if not question.allowed)


@dataclass(frozen=True)
class Acting:
    """Whether ``requester`` may act as another: ``user``, completed, or the server's words of refusal."""

    requester: User
    user: User | None
    refusal: str
    ways: tuple[Way, ...]

    @property
    def nearest(self) -> Way | None:
        """The way on which least is missing; of equal ones the narrower."""
        return min(self.ways, key=lambda way: len(way.missing), default=None)

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        ways = [{"way": way.mode.verb, "questions": [found.to_object() for found in way.questions]} for way in self.ways]
        found: dict[str, Any] = {"requester": self.requester.to_info(), "allowed": self.user is not None, "ways": ways}
        return found | ({"message": self.refusal} if self.refusal else {})


def explain_impersonation(chain: Chain, rbac: RbacAuthorizer, wanted: User, attributes: Attributes) -> Acting:
    """``attributes``: the request as the requester's own; ``wanted``: with the groups that he names."""
    requester = attributes.user
    outcome = Impersonator(chain).decide(wanted, attributes)
    ways = []
    for mode in MODES:
        questions = needed(mode, wanted, attributes) if mode.applies(wanted, requester) else ()
        if questions:
            ways.append(Way(mode, tuple(explain(chain, rbac, question) for question in questions)))
    if isinstance(outcome, Status):
        return Acting(requester, None, outcome.message, tuple(ways))
    return Acting(requester, outcome.user, "", tuple(ways))
