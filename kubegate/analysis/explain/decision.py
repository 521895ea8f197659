"""Why a request is allowed or not: each authorizer's opinion, the derivation, the nearest misses, the smallest change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kubegate.analysis.explain.changes import Change, smallest_changes
from kubegate.analysis.explain.misses.abac import abac_misses
from kubegate.analysis.explain.misses.access import access_misses
from kubegate.analysis.explain.misses.miss import Miss, ranked
from kubegate.analysis.explain.misses.node import node_misses
from kubegate.analysis.explain.misses.rbac import nearest_misses
from kubegate.analysis.explain.misses.webhook import webhook_misses
from kubegate.analysis.explain.opinion import Opinion, opinion_of
from kubegate.analysis.explain.trial import Trial
from kubegate.api.names import Object
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Verdict
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.bundle.state import ClusterState


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
            "authorizers": [opinion.to_object() for opinion in self.opinions],
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
    opinions = tuple(opinion_of(once, attributes, rbac, state) for once in trial.members)
    opinions = tuple(replace(opinion, asked=was) for opinion, was in zip(opinions, asked, strict=True))
    if trial.verdict.allowed:
        return Explanation(attributes, trial.verdict, opinions)
    misses = ranked(_misses(trial, asked, rbac, state))
    return Explanation(attributes, trial.verdict, opinions, tuple(misses), tuple(smallest_changes(trial, rbac)))


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


def _request(attributes: Attributes) -> dict[str, Any]:
    fields: dict[str, Any] = {"user": attributes.user.to_info(), "verb": attributes.verb}
    if attributes.is_resource:
        for field in ("group", "resource", "subresource", "namespace", "name"):
            if getattr(attributes, field) or field == "group":
                fields[field] = getattr(attributes, field)
    else:
        fields["path"] = attributes.path
    return fields


def _miss(miss: Miss) -> dict[str, Any]:
    found: dict[str, Any] = {
        "misses": miss.kind,
        "authorizer": miss.authorizer,
        "text": miss.text,
        "remedy": miss.remedy,
        "locations": [str(place) for place in miss.locations],
    }
    return found | ({"line": miss.line} if miss.line else {})
