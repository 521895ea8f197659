"""Why a role or binding may be written or not: what escalation prevention says, and what would satisfy it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.api.names import Object
from kubegate.authz.chain import Chain
from kubegate.authz.escalation import check
from kubegate.authz.interface import Attributes, Verdict
from kubegate.authz.rbac.index import RbacAuthorizer


@dataclass(frozen=True)
class Granting:
    """``refusal``: the server's words, "" if it may be written. ``instead``: the question about ``escalate`` or ``bind``,
    which would do without holding what is granted; None if it was not asked (members of system:masters are free)."""

    refusal: str
    instead: Explanation | None

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        found: dict[str, Any] = {"allowed": not self.refusal}
        if self.refusal:
            found["message"] = self.refusal
        return found | ({"instead": self.instead.to_object()} if self.instead is not None else {})


class _Noting:
    """An authorizer, and what it was asked."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.asked: list[Attributes] = []

    def authorize(self, attributes: Attributes) -> Verdict:
        self.asked.append(attributes)
        return self._chain.authorize(attributes)


def explain_granting(
    chain: Chain, rbac: RbacAuthorizer, attributes: Attributes, obj: Object, old: Object | None
) -> Granting:
    """``attributes``: the request that writes ``obj``; ``old``: what is there, None for a create."""
    noting = _Noting(chain)
    status = check(attributes, obj, old, rbac, noting)
    instead = explain(chain, rbac, noting.asked[0]) if noting.asked else None
    return Granting(status.message if status is not None else "", instead)
