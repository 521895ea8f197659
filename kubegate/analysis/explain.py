"""Why a request is allowed or not: each authorizer's opinion, the derivation, the nearest misses, the smallest change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kubegate.analysis.explain_abac import abac_misses, deciding_line
from kubegate.analysis.explain_access import access_misses
from kubegate.analysis.explain_aggregation import aggregated_from
from kubegate.analysis.explain_changes import Change, smallest_changes
from kubegate.analysis.explain_node import node_misses, tied_by
from kubegate.analysis.explain_trial import Once, Trial
from kubegate.analysis.explain_webhook import excluded_by, webhook_misses
from kubegate.analysis.miss import Miss, ranked
from kubegate.analysis.nearest import nearest_misses
from kubegate.api.names import Object
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
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


@dataclass(frozen=True)
class Explanation:
    """The whole story of one decision."""

    attributes: Attributes
    verdict: Verdict
    opinions: tuple[Opinion, ...]
    misses: tuple[Miss, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.verdict.allowed

    @property
    def undecided(self) -> bool:
        """Nobody allows, nobody denies, and somebody could not be asked: a server answers 500 instead of 403."""
        return self.verdict.decision is Decision.NO_OPINION and bool(self.verdict.errors)

    @property
    def change(self) -> tuple[Object, ...]:
        """The manifests of the first change."""
        return self.changes[0].objects if self.changes else ()

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        result: dict[str, Any] = {
            "request": _request(self.attributes),
            "allowed": self.allowed,
            "decision": self.verdict.decision.value,
            "reason": self.verdict.reason,
            "authorizers": [_opinion(opinion) for opinion in self.opinions],
        }
        if self.verdict.errors:
            result["errors"] = list(self.verdict.errors)
        if not self.allowed:
            result["nearestMisses"] = [_miss(miss) for miss in self.misses]
            result["smallestChange"] = list(self.change)
            result["changes"] = [change.to_object() for change in self.changes]
        return result


def explain(chain: Chain, rbac: RbacAuthorizer, attributes: Attributes, state: ClusterState | None = None) -> Explanation:
    """Ask every member of the chain for itself, once; for a denial look for what misses narrowly. ``state``: the objects
    that tie others to nodes."""
    state = state or ClusterState()
    trial = Trial(chain.members, attributes)
    asked = [once.said is not None for once in trial.members]
    opinions = tuple(_say(once, attributes, rbac, state) for once in trial.members)
    opinions = tuple(replace(opinion, asked=was) for opinion, was in zip(opinions, asked, strict=True))
    if trial.verdict.allowed:
        return Explanation(attributes, trial.verdict, opinions)
    misses = ranked(_misses(trial, asked, rbac, state))
    return Explanation(attributes, trial.verdict, opinions, tuple(misses), tuple(smallest_changes(trial, rbac)))


def _say(once: Once, attributes: Attributes, rbac: RbacAuthorizer, state: ClusterState) -> Opinion:
    member, name = once.member, authorizer_name(once.member)
    if isinstance(member, WebhookAuthorizer):
        if once.said is None:
            return Opinion(name, NO_OPINION, known=False)
        note = excluded_by(member, attributes) if once.said == NO_OPINION else ""
        return Opinion(name, once.said, note=note)
    verdict, note, places = once.authorize(attributes), "", tuple[Location, ...]()
    if verdict.allowed and isinstance(member, NodeAuthorizer):
        note, places = tied_by(attributes, state)
    if verdict.allowed and isinstance(member, AbacAuthorizer):
        note = deciding_line(member, verdict)
    if verdict.allowed and member is rbac:
        note, places = aggregated_from(rbac, verdict)
    return Opinion(name, verdict, note=note, places=places)


class _Silent:
    """Has no opinion on anything."""

    def authorize(self, attributes: Attributes) -> Verdict:
        return NO_OPINION


def _misses(trial: Trial, asked: list[bool], rbac: RbacAuthorizer, state: ClusterState) -> Iterator[Miss]:
    """Of those that were asked: after a denial nothing helps."""
    attributes = trial.attributes
    for place, once in enumerate(trial.members):
        member, said = once.member, once.said
        if not asked[place] or said is None:
            continue
        if isinstance(member, WebhookAuthorizer):
            # Later webhooks are asked then, as they would be.
            without = trial.decide({place: _Silent()}) if said.decision is Decision.DENY else trial.verdict
            yield from webhook_misses(member, said, without)
        elif said.decision is Decision.DENY:
            return
        elif member is rbac:
            yield from nearest_misses(rbac, attributes)
        elif isinstance(member, AbacAuthorizer):
            yield from abac_misses(member, attributes)
        elif isinstance(member, AccessPolicyAuthorizer):
            yield from access_misses(member, attributes)
        elif isinstance(member, NodeAuthorizer):
            yield from node_misses(member, attributes, state)


def authorizer_name(member: object) -> str:
    """``RBAC``, ``Node``, ``ABAC``, ``Webhook NAME`` ..."""
    name = type(member).__name__.removesuffix("Authorizer")
    settings = getattr(member, "settings", None)
    own = getattr(settings, "name", "")
    return f"{_NAMES.get(name, name)} {own}".strip()


def _request(attributes: Attributes) -> dict[str, Any]:
    fields: dict[str, Any] = {"user": attributes.user.to_info(), "verb": attributes.verb}
    if attributes.is_resource:
        for field in ("group", "resource", "subresource", "namespace", "name"):
            if getattr(attributes, field) or field == "group":
                fields[field] = getattr(attributes, field)
    else:
        fields["path"] = attributes.path
    return fields


def _opinion(opinion: Opinion) -> dict[str, Any]:
    found: dict[str, Any] = {"name": opinion.authorizer, "asked": opinion.asked}
    if not opinion.known:
        return found
    verdict = opinion.verdict
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
    if opinion.note:
        found["note"] = opinion.note
    if opinion.places:
        found["places"] = [str(place) for place in opinion.places]
    return found


def _miss(miss: Miss) -> dict[str, Any]:
    found: dict[str, Any] = {
        "misses": miss.kind,
        "authorizer": miss.authorizer,
        "text": miss.text,
        "remedy": miss.remedy,
        "locations": [str(place) for place in miss.locations],
    }
    return found | ({"line": miss.line} if miss.line else {})
