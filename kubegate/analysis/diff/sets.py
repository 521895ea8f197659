"""Compare two sets of policies of all kinds that decide by themselves: RBAC, AccessPolicies (also those that deny), ABAC.

RBAC alone only adds: there the subjects can be compared one by one (`compare`). With denials and exceptions it also matters
who is several of them at once (`identities`). What nodes may follows from the objects that they need (`nodes`); what cannot
be known (webhooks) is told where it changed (`chains`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

from kubegate.analysis.diff.boxes import Box, difference
from kubegate.analysis.diff.chains import AUTHORIZERS, NotCompared, compare_chains, denied_after, listable
from kubegate.analysis.diff.compare import Change, Direction, compare
from kubegate.analysis.diff.effective import Effective, Identity, effective, user_of
from kubegate.analysis.diff.identities import identities
from kubegate.analysis.diff.nodes import compare_nodes
from kubegate.analysis.diff.permissions import Permissions, permissions
from kubegate.analysis.diff.statements import (
    Condition,
    Statement,
    abac_statements,
    access_statements,
    everything_allowed,
    specs_of,
    texts_of,
)
from kubegate.api.names import Object
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.rbac.bindings import Key


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
        unknown += limits
        changes += _all_changes(sides, engines, unknown)
    ordered = sorted(changes, key=lambda change: (change.box.breadth, change.direction, change.subject, str(change.box)))
    return Comparison(ordered, unknown)


@dataclass(frozen=True)
class _Side:
    permissions: Permissions
    statements: tuple[Statement, ...]
    denied_after: frozenset[str]

    def of(self, identity: Identity) -> Effective:
        return effective(identity, self.permissions, self.statements, denied_after=self.denied_after)


def _sides(old: PolicySet, new: PolicySet) -> tuple[tuple[_Side, _Side], list[NotCompared]]:
    specs = specs_of(old.access), specs_of(new.access)
    names, namespaces = texts_of([*specs[0], *specs[1]], [*old.rbac, *new.rbac], [*old.abac, *new.abac])
    before, after = (
        _Side(
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


def _all_changes(
    sides: tuple[_Side, _Side], authorizers: tuple[Authorizer, Authorizer], unknown: list[NotCompared]
) -> Iterator[Change]:
    before, after = sides
    found = identities(
        (before.permissions, after.permissions),
        (before.statements, after.statements),
        moved=before.denied_after != after.denied_after,
    )
    if found.limit:
        unknown.append(NotCompared("groups", found.limit))
    known: dict[frozenset[Key], list[Change]] = {}
    for identity in found.all:
        made = list(_changes(identity, sides, authorizers, known))
        if made:
            known[frozenset(identity)] = made
            yield from made


def _changes(
    identity: Identity,
    sides: tuple[_Side, _Side],
    authorizers: tuple[Authorizer, Authorizer],
    known: dict[frozenset[Key], list[Change]],
) -> Iterator[Change]:
    before, after = (side.of(identity) for side in sides)
    if before == after:
        return
    smaller = [frozenset(part) for size in range(1, len(identity)) for part in combinations(identity, size)]
    for direction, having, lacking, engines in (
        (Direction.GAINED, after, before, authorizers[::-1]),
        (Direction.LOST, before, after, authorizers),
    ):
        told = [change for part in smaller for change in known.get(part, ()) if change.direction is direction]
        for condition, box, unless in having.beyond(lacking):
            words = _words(condition, unless)
            for part in difference([box], [change.box for change in told if change.condition == words]):
                yield _change(direction, identity, words, part, engines)


def _words(condition: Condition, unless: Iterable[Condition]) -> str:
    otherwise = " or ".join(" and ".join(parts) for parts in unless)
    return " ".join(filter(None, (" and ".join(condition), f"unless {otherwise}" if otherwise else "")))


def _change(
    direction: Direction, identity: Identity, condition: str, box: Box, engines: tuple[Authorizer, Authorizer]
) -> Change:
    example = _example(box, identity)
    confirmed = engines[0].authorize(example).allowed and not engines[1].authorize(example).allowed
    subject, *along = sorted(identity)
    return Change(direction, subject, box, example, confirmed, tuple(along), condition)


def _example(box: Box, identity: Identity) -> Attributes:
    """A request of the box; where a pattern is the value, a text that it matches."""
    found = box.example(user_of(identity))
    return replace(found, name=found.name.replace("*", "x"), namespace=found.namespace.replace("*", "x"))
