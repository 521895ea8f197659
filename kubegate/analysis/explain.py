"""Why a request is allowed or not: each authorizer's opinion, the derivation, the nearest misses, the smallest change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.analysis.explain_access import access_misses, without_denials
from kubegate.analysis.nearest import Miss, nearest_misses, ranked
from kubegate.analysis.suggest import smallest_change
from kubegate.api.names import Object
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.authz.rbac.index import RbacAuthorizer

_NAMES = {"Rbac": "RBAC", "Abac": "ABAC", "PrivilegedGroups": "privileged groups"}


@dataclass(frozen=True)
class Opinion:
    """What one authorizer says; ``asked`` is False for those after the one that decided."""

    authorizer: str
    verdict: Verdict
    asked: bool = True


@dataclass(frozen=True)
class Explanation:
    """The whole story of one decision."""

    attributes: Attributes
    verdict: Verdict
    opinions: tuple[Opinion, ...]
    misses: tuple[Miss, ...] = ()
    change: tuple[Object, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.verdict.allowed

    def to_object(self) -> dict[str, Any]:
        """For ``-o json`` and ``-o yaml``."""
        result: dict[str, Any] = {
            "request": _request(self.attributes),
            "allowed": self.allowed,
            "decision": self.verdict.decision.value,
            "reason": self.verdict.reason,
            "authorizers": [_opinion(opinion) for opinion in self.opinions],
        }
        if not self.allowed:
            result["nearestMisses"] = [_miss(miss) for miss in self.misses]
            result["smallestChange"] = list(self.change)
        return result


def explain(chain: Chain, rbac: RbacAuthorizer, attributes: Attributes) -> Explanation:
    """Ask every member of the chain for itself; for a denial look for what misses narrowly."""
    verdict = chain.authorize(attributes)
    opinions: list[Opinion] = []
    decided = False
    for member in chain.members:
        own = member.authorize(attributes)
        opinions.append(Opinion(authorizer_name(member), own, not decided))
        decided = decided or own.decision is not Decision.NO_OPINION
    if verdict.allowed:
        return Explanation(attributes, verdict, tuple(opinions))
    change, allowing = _change(chain, rbac, attributes, verdict)
    misses = list(nearest_misses(rbac, attributes)) if _in_force(chain, rbac) else []
    for member in chain.members:
        if isinstance(member, AccessPolicyAuthorizer):
            misses += access_misses(member, attributes)
    return Explanation(attributes, verdict, tuple(opinions), tuple(ranked(misses)) if allowing else (), tuple(change))


def _in_force(chain: Chain, rbac: RbacAuthorizer) -> bool:
    return any(member is rbac for member in chain.members)


def _change(chain: Chain, rbac: RbacAuthorizer, attributes: Attributes, verdict: Verdict) -> tuple[list[Object], bool]:
    """The smallest change that allows the request, and whether grants matter: nothing denies before."""
    if verdict.decision is not Decision.DENY:
        return (smallest_change(attributes, rbac) if _in_force(chain, rbac) else []), True
    for member in chain.members:
        if not isinstance(member, AccessPolicyAuthorizer):
            continue
        lifted, without = without_denials(member, attributes)
        again = Chain([without if other is member else other for other in chain.members]).authorize(attributes)
        if lifted and again.allowed:
            return lifted, False
        if lifted and again.decision is Decision.NO_OPINION and _in_force(chain, rbac):
            granted = smallest_change(attributes, rbac)
            return ([*lifted, *granted] if granted else []), False
    return [], False


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
    verdict = opinion.verdict
    found: dict[str, Any] = {"name": opinion.authorizer, "asked": opinion.asked, "decision": verdict.decision.value}
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
    return found


def _miss(miss: Miss) -> dict[str, Any]:
    return {
        "misses": miss.kind,
        "text": miss.text,
        "remedy": miss.remedy,
        "locations": [str(place) for place in miss.locations],
    }
