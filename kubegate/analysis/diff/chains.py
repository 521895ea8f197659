"""The chains of two sets: in which order authorizers are asked, and what of them cannot be known.

A webhook is asked by nobody here. Where its settings, its place in the chain or the authorizers before it are not the same
in both sets, whom it gives or takes access cannot be told, and that is told.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from kubegate.analysis.explain.opinion import authorizer_name
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Authorizer
from kubegate.authz.kinds import is_webhook

DENYING = "AccessPolicy"
"""The authorizer that denies, of those that can be compared."""
AUTHORIZERS = (DENYING, "ABAC", "RBAC")
"""How they are asked if nothing else is said."""


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Something that changed, or may have, and why nobody can say what that gives or takes."""

    what: str
    why: str


def order_of(authorizer: Authorizer) -> tuple[str, ...]:
    """The names of a chain's members, as they are asked."""
    return tuple(authorizer_name(member) for member in _members(authorizer))


def denied_after(order: tuple[str, ...]) -> frozenset[str]:
    """Those whose allowances no denial takes away: they are asked before."""
    return frozenset(order[: order.index(DENYING)]) if DENYING in order else frozenset()


def compare_chains(old: Authorizer, new: Authorizer) -> list[NotCompared]:
    """What of two chains cannot be compared."""
    before, after = _unknown(old), _unknown(new)
    found = []
    for name in dict.fromkeys([*before, *after]):
        if name not in before or name not in after:
            side = "OLD" if name in before else "NEW"
            found.append(NotCompared(name, f"is only in {side}: whom it allows or denies cannot be listed"))
            continue
        differing = [part for part in before[name] if before[name][part] != after[name].get(part)]
        if differing:
            found.append(NotCompared(name, f"differs in {', '.join(differing)}: what it answers cannot be listed"))
    sides = ["Node" in order_of(side) for side in (old, new)]
    if sides[0] is not sides[1]:
        side = "OLD" if sides[0] else "NEW"
        found.append(NotCompared("Node", f"is only in {side}: there every node may what its pods need"))
    return found


def _unknown(authorizer: Authorizer) -> dict[str, dict[str, Any]]:
    """The webhooks, with all that their answers may depend on."""
    found: dict[str, dict[str, Any]] = {}
    members = _members(authorizer)
    for position, member in enumerate(members):
        if not is_webhook(member):
            continue
        settings: Any = getattr(member, "settings", None)
        found[authorizer_name(member)] = {
            **{part.name: getattr(settings, part.name) for part in fields(settings)},
            "matchConditions": [condition.text for condition in getattr(member, "conditions", ())],
            "server": getattr(member, "server", ""),
            "who is asked before it": [authorizer_name(other) for other in members[:position]],
        }
    return found


def listable(authorizer: Authorizer) -> Authorizer:
    """The chain without its webhooks, which are not asked."""
    return Chain([member for member in _members(authorizer) if not is_webhook(member)])


def _members(authorizer: Authorizer) -> tuple[Authorizer, ...]:
    return authorizer.members if isinstance(authorizer, Chain) else (authorizer,)
