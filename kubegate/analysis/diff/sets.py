"""Compare two sets of policies of all kinds that decide by themselves: RBAC, AccessPolicies (also those that deny), ABAC.

RBAC alone only adds: there the subjects can be compared one by one (`compare`). With denials and exceptions it also matters
who is several of them at once (`identities`). What nodes may follows from the objects that they need (`nodes`); what cannot
be known (webhooks) is told where it changed (`chains`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kubegate.analysis.diff.chains import AUTHORIZERS, NotCompared, compare_chains, denied_after, listable
from kubegate.analysis.diff.compare import Change, compare
from kubegate.analysis.diff.nodes import compare_nodes
from kubegate.analysis.diff.permissions import permissions
from kubegate.analysis.diff.search import Search, Side
from kubegate.analysis.diff.statements import abac_statements, access_statements, everything_allowed, specs_of, texts_of
from kubegate.api.names import Object
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Authorizer


@dataclass(frozen=True)
class PolicySet:
    """Roles and bindings (aggregated already), AccessPolicies, lines of an ABAC file; and the authorizer over them all.

    ``order``: the names of the authorizers, as they are asked."""

    authorizer: Authorizer
    rbac: list[Object] = field(default_factory=list)
    access: list[Object] = field(default_factory=list)
    abac: tuple[Policy, ...] = ()
    order: tuple[str, ...] = AUTHORIZERS

    @property
    def only_adds(self) -> bool:
        """Is it RBAC that decides, and nothing else that names subjects?"""
        return "RBAC" in self.order and "AlwaysAllow" not in self.order and not (self.access or self.abac)


@dataclass(frozen=True)
class Comparison:
    """What only one set allows, the smallest first; and what could not be compared although it changed."""

    changes: list[Change]
    not_compared: list[NotCompared] = field(default_factory=list)


def compare_sets(old: PolicySet, new: PolicySet, *, nodes: bool = True) -> Comparison:
    """Both directions. ``nodes``: also what nodes may because of their pods. Raises `InvalidInput` for a wrong policy."""
    unknown = compare_chains(old.authorizer, new.authorizer)
    engines = listable(old.authorizer), listable(new.authorizer)
    changes = compare_nodes(*engines) if nodes else []
    if all(side.only_adds for side in (old, new)):
        changes += compare(old.rbac, new.rbac)
    else:
        sides, limits = _sides(old, new)
        search = Search(*sides, engines)
        changes += search.changes()
        unknown += [*limits, *search.not_compared]
    ordered = sorted(changes, key=lambda change: (change.box.breadth, change.direction, change.subject, str(change.box)))
    return Comparison(ordered, unknown)


def _sides(old: PolicySet, new: PolicySet) -> tuple[tuple[Side, Side], list[NotCompared]]:
    specs = specs_of(old.access), specs_of(new.access)
    names, namespaces = texts_of([*specs[0], *specs[1]], [*old.rbac, *new.rbac], [*old.abac, *new.abac])
    before, after = (
        Side(
            permissions(side.rbac) if "RBAC" in side.order else {},
            (
                *access_statements(own, names, namespaces),
                *abac_statements(side.abac),
                *([everything_allowed()] if "AlwaysAllow" in side.order else ()),
            ),
            denied_after(side.order),
        )
        for side, own in zip((old, new), specs, strict=True)
    )
    why = "more patterns overlap than can be told apart"
    limits = [NotCompared(what, why) for what, texts in (("names", names), ("namespaces", namespaces)) if texts.cut_off]
    return (before, after), limits
