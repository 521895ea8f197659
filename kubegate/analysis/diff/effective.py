"""What an identity may do by one set of policies: what is allowed without what is denied; and the difference of two.

Conditions (selectors, expressions, times) are unknowns, each of which may hold or not: equal ones hold together in both
sets. If the sets differ at all, they differ where nothing holds but the condition of one rule that allows and of one that
denies: taking away another condition takes away allowances of the set that does not allow, or denials of the set that does.
So only those cases are looked at, and nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kubegate.analysis.diff.boxes import Box
from kubegate.analysis.diff.permissions import Permissions, implied_groups
from kubegate.analysis.diff.remaining import Steps, apart, remaining
from kubegate.analysis.diff.statements import Condition, Statement
from kubegate.api.user import MASTERS, User
from kubegate.authz.rbac.bindings import Key

Conditional = tuple[Condition, Box]
"""A box under a condition (empty: always)."""

Identity = tuple[Key, ...]
"""A user and groups (beside those that it is always in), or groups alone: the least identity that is all of them."""


def user_of(identity: Identity) -> User:
    """Somebody who is that, and nothing more; of a pattern, somebody whom it means."""
    keys = [key._replace(name=key.name.replace("*", "x")) for key in identity]
    names = [key.name for key in keys if not key.is_group]
    implied = [group.name for key in keys for group in implied_groups(key)]
    groups = dict.fromkeys([*(key.name for key in keys if key.is_group), *implied])
    return User.of(names[0] if names else "somebody", list(groups))


@dataclass(frozen=True, slots=True)
class Decided:
    """What is allowed before denials are asked, what else is allowed, and what is denied: boxes, each once."""

    settled: Mapping[Box, None]
    allowed: Mapping[Box, None]
    denied: Mapping[Box, None]


@dataclass(frozen=True)
class Effective:
    """What one set allows and denies one identity. ``settled``: what is allowed before denials are asked."""

    allowed: tuple[Conditional, ...] = ()
    denied: tuple[Conditional, ...] = ()
    settled: tuple[Conditional, ...] = ()

    def beyond(self, other: Effective, steps: Steps) -> Iterator[tuple[Condition, Box, tuple[Condition, ...]]]:
        """What this allows and the other does not: where a condition holds, which boxes, and the conditions under which
        that is different (the other allows it too, or this one denies it). Raises `TooMany`."""
        told: list[Conditional] = []
        for assumed in self._cases(other, steps):
            steps.take(1 + self._rows // 8)
            mine, theirs = self.under(assumed), other.under(assumed)
            known = [box for condition, box in told if set(condition) <= set(assumed)]
            for box in _only(mine, theirs, known, steps):
                told.append((assumed, box))
                yield assumed, box, self._unless(assumed, box, other, steps)

    def under(self, assumed: Condition) -> Decided:
        """What is decided where these conditions hold and no other."""
        active = set(assumed)
        return Decided(
            *(
                dict.fromkeys(box for condition, box in rows if active.issuperset(condition))
                for rows in (self.settled, self.allowed, self.denied)
            )
        )

    @property
    def _rows(self) -> int:
        return len(self.settled) + len(self.allowed) + len(self.denied)

    def _cases(self, other: Effective, steps: Steps) -> list[Condition]:
        """Only where something differs: what both deny, or both allow where the other denies nothing new, does not."""
        denials = other.denied if self.settled else _beside(other.denied, self.denied)
        grants = self.grants if denials else _beside(self.grants, other.grants)
        granting = dict.fromkeys([(), *(condition for condition, _ in grants)])
        denying = dict.fromkeys([(), *(condition for condition, _ in denials)])
        steps.take(len(granting) * len(denying))
        cases = dict.fromkeys(_both(one, two) for one in granting for two in denying)
        return sorted(cases, key=len)

    @property
    def grants(self) -> tuple[Conditional, ...]:
        """All that is allowed unless it is denied."""
        return (*self.settled, *self.allowed)

    def _unless(self, assumed: Condition, box: Box, other: Effective, steps: Steps) -> tuple[Condition, ...]:
        found: dict[Condition, None] = {}
        for condition, area in (*other.settled, *other.allowed, *self.denied):
            rest = tuple(part for part in condition if part not in assumed)
            if rest and rest not in found:
                steps.take()
                if box.common(area) is not None:
                    found[rest] = None
        return tuple(found)


def effective(
    identity: Identity,
    permissions: Permissions,
    statements: Iterable[Statement],
    *,
    denied_after: frozenset[str] = frozenset(),
) -> Effective:
    """What RBAC's permissions and the statements come to. ``denied_after``: the authorizers that are asked before those who
    deny."""
    user = user_of(identity)
    rows: dict[str, dict[Conditional, None]] = {"settled": {}, "allowed": {}, "denied": {}}
    saved = False
    keys = dict.fromkeys([*identity, *(group for key in identity for group in implied_groups(key))])
    held = rows["settled" if "RBAC" in denied_after else "allowed"]
    for key in keys:
        held.update(dict.fromkeys(((), box) for box in permissions.get(key, ())))
    for statement in statements:
        saved = saved or statement.saves(user)
        if statement.applies(user):
            allowed = "settled" if statement.authorizer in denied_after else "allowed"
            made = rows["denied" if statement.denies else allowed]
            made.update(dict.fromkeys((statement.condition, box) for box in statement.boxes))
    return Effective(tuple(rows["allowed"]), () if saved else tuple(rows["denied"]), tuple(rows["settled"]))


def is_master(identity: Identity) -> bool:
    """Members of system:masters may do everything, whatever policies say."""
    return Key(True, MASTERS) in identity


def _only(mine: Decided, theirs: Decided, known: Iterable[Box], steps: Steps) -> list[Box]:
    """What is allowed in one and neither in the other nor in ``known``. Only boxes that differ are taken apart."""
    granted = {**theirs.settled, **theirs.allowed}
    found: list[Box] = []
    for held, denied in ((mine.settled, {}), (mine.allowed, mine.denied)):
        for box in held:
            if box not in granted:
                found += remaining(box, (*granted, *known, *denied), steps)
        for area in theirs.denied:
            for box in () if area in denied else held:
                steps.take()
                common = None if box in theirs.settled else box.common(area)
                if common is not None:
                    found += remaining(common, (*theirs.settled, *known, *denied), steps)
    return apart(found, steps)


def _beside(rows: Iterable[Conditional], others: Iterable[Conditional]) -> tuple[Conditional, ...]:
    known = set(others)
    return tuple(row for row in rows if row not in known)


def _both(one: Condition, other: Condition) -> Condition:
    return tuple(dict.fromkeys((*one, *other)))
