"""Compare two sets of policies of all kinds that decide by themselves: RBAC, AccessPolicies (also those that deny), ABAC.

RBAC alone only adds: there the subjects can be compared one by one (`compare`). With denials and exceptions it also matters
who is two of them at once, so that pairs of subjects are compared too, as far as a denial or an exception is about one of
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kubegate.analysis.diff.boxes import Box, difference
from kubegate.analysis.diff.compare import Change, Direction, compare
from kubegate.analysis.diff.effective import Effective, Identity, effective, is_master, user_of
from kubegate.analysis.diff.permissions import Permissions, permissions
from kubegate.analysis.diff.statements import Statement, abac_statements, access_statements, specs_of, texts_of
from kubegate.api.names import Object
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.rbac.bindings import Key


@dataclass(frozen=True)
class PolicySet:
    """Roles and bindings (aggregated already), AccessPolicies, lines of an ABAC file; and the authorizer over them all."""

    authorizer: Authorizer
    rbac: list[Object] = field(default_factory=list)
    access: list[Object] = field(default_factory=list)
    abac: tuple[Policy, ...] = ()


def compare_sets(old: PolicySet, new: PolicySet) -> list[Change]:
    """All changes, the smallest first. Raises `InvalidInput` for a wrong AccessPolicy."""
    if not any((old.access, new.access, old.abac, new.abac)):
        return compare(old.rbac, new.rbac)
    sides = _sides(old, new)
    found: dict[Identity, list[Change]] = {}
    for identity in _identities(*sides):
        if not is_master(identity):
            found[identity] = list(_changes(identity, sides, (old.authorizer, new.authorizer), found))
    changes = [change for made in found.values() for change in made]
    return sorted(changes, key=lambda change: (change.box.breadth, change.direction, change.subject, str(change.box)))


@dataclass(frozen=True)
class _Side:
    permissions: Permissions
    statements: tuple[Statement, ...]

    def of(self, identity: Identity) -> Effective:
        return effective(identity, self.permissions, self.statements)


def _sides(old: PolicySet, new: PolicySet) -> tuple[_Side, _Side]:
    specs = specs_of(old.access), specs_of(new.access)
    names, namespaces = texts_of([*specs[0], *specs[1]], [*old.rbac, *new.rbac], [*old.abac, *new.abac])
    before, after = (
        _Side(
            permissions(side.rbac),
            (*access_statements(own, names, namespaces), *abac_statements(side.abac)),
        )
        for side, own in zip((old, new), specs, strict=True)
    )
    return before, after


def _identities(before: _Side, after: _Side) -> Iterator[Identity]:
    """Those among whom a difference shows: each subject, then pairs."""
    texts = [{statement.text for statement in side.statements} for side in (before, after)]
    every = [*before.statements, *after.statements]
    changed = [statement for statement in every if statement.text in texts[0] ^ texts[1]]
    held = dict.fromkeys([*before.permissions, *after.permissions])
    moved = [key for key in held if before.permissions.get(key) != after.permissions.get(key)]
    singles = dict.fromkeys([*moved, *_keys(every)] if not changed else [*held, *_keys(every)])
    yield from ((key,) for key in singles)
    touchy = [statement for statement in every if statement.denies or statement.exceptions or len(statement.subjects) > 1]
    pairs = [(one, other) for one in singles for other in _keys([s for s in touchy if s in changed])]
    meant = [key for key in singles if any(statement.applies(user_of((key,))) for statement in changed)]
    pairs += [(one, other) for one in dict.fromkeys([*moved, *_keys(changed), *meant]) for other in _keys(touchy)]
    seen: set[frozenset[Key]] = set()
    for one, other in pairs:
        identity = frozenset((one, other))
        if len(identity) == 2 and (one.is_group or other.is_group) and identity not in seen:
            seen.add(identity)
            yield (one, other)


def _keys(statements: Iterable[Statement]) -> list[Key]:
    return list(dict.fromkeys(key for found in statements for key in (*found.subjects, *found.exceptions)))


def _changes(
    identity: Identity,
    sides: tuple[_Side, _Side],
    authorizers: tuple[Authorizer, Authorizer],
    known: dict[Identity, list[Change]],
) -> Iterator[Change]:
    before, after = (side.of(identity) for side in sides)
    if before == after:
        return
    for direction, having, lacking, engines in (
        (Direction.GAINED, after, before, authorizers[::-1]),
        (Direction.LOST, before, after, authorizers),
    ):
        told = [change for key in identity for change in known.get((key,), ()) if change.direction is direction]
        for condition, box in having.beyond(lacking):
            own = [change.box for change in told if change.condition == condition] if len(identity) > 1 else []
            for part in difference([box], own):
                yield _change(direction, identity, condition, part, engines)


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
