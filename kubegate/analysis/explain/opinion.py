"""What each authorizer of a chain says of a request, and what kubegate knows besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.analysis.explain.misses.abac import deciding_line
from kubegate.analysis.explain.misses.aggregation import aggregated_from
from kubegate.analysis.explain.misses.node import tied_by
from kubegate.analysis.explain.misses.webhook import asked_at, excluded_by
from kubegate.analysis.explain.trial import Once
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Verdict
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.bundle.state import ClusterState
from kubegate.errors import Location

_NAMES = {"Rbac": "RBAC", "Abac": "ABAC", "PrivilegedGroups": "privileged groups"}


@dataclass(frozen=True)
class Opinion:
    """What one authorizer says; ``asked`` is False for those after the one that decided, and such a webhook is really not
    asked: its opinion is not ``known``. ``note`` and ``places``: what kubegate knows besides."""

    authorizer: str
    verdict: Verdict
    asked: bool = True
    known: bool = True
    note: str = ""
    places: tuple[Location, ...] = ()

    @property
    def why(self) -> str:
        """The reason in a line; of no opinion also why."""
        verdict = self.verdict
        note = self.note if verdict.decision is Decision.NO_OPINION else ""
        return (verdict.reason or "; ".join(verdict.errors) or note).replace("\n", "; ")

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        found: dict[str, Any] = {"name": self.authorizer, "asked": self.asked}
        if not self.known:
            return found
        verdict = self.verdict
        found["decision"] = verdict.decision.value
        if verdict.reason:
            found["reason"] = verdict.reason
        if verdict.errors:
            found["errors"] = list(verdict.errors)
        if verdict.determined_by is not None:
            found["determinedBy"] = {
                "text": verdict.determined_by.text,
                "locations": [str(place) for place in verdict.determined_by.locations],
                **{key: value for key, value in verdict.determined_by.details if value},
            }
        if self.note:
            found["note"] = self.note
        if self.places:
            found["places"] = [str(place) for place in self.places]
        return found


def opinion_of(once: Once, attributes: Attributes, rbac: RbacAuthorizer, state: ClusterState) -> Opinion:
    """The opinion of one member; ``state``: the objects that tie others to nodes."""
    member, name = once.member, authorizer_name(once.member)
    if isinstance(member, WebhookAuthorizer):
        if once.said is None:
            return Opinion(name, NO_OPINION, known=False)
        note = excluded_by(member, attributes) if once.said == NO_OPINION else asked_at(member)
        return Opinion(name, once.said, note=note)
    verdict, note, places = once.authorize(attributes), "", tuple[Location, ...]()
    if verdict.allowed and isinstance(member, NodeAuthorizer):
        note, places = tied_by(attributes, state)
    if verdict.allowed and isinstance(member, AbacAuthorizer):
        note = deciding_line(member, verdict)
    if verdict.allowed and member is rbac:
        note, places = aggregated_from(rbac, verdict)
    return Opinion(name, verdict, note=note, places=places)


def authorizer_name(member: object) -> str:
    """``RBAC``, ``Node``, ``ABAC``, ``Webhook NAME`` ..."""
    name = type(member).__name__.removesuffix("Authorizer")
    settings = getattr(member, "settings", None)
    own = getattr(settings, "name", "")
    return f"{_NAMES.get(name, name)} {own}".strip()
