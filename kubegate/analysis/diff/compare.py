"""Who gained and lost what between two policy sets, smallest first, with an example that the engine confirms both ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kubegate.analysis.diff.boxes import Box, difference
from kubegate.analysis.diff.permissions import Permissions, implied_groups, permissions
from kubegate.api.names import Object
from kubegate.api.user import MASTERS, User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Key
from kubegate.authz.rbac.index import RbacAuthorizer

_MASTERS = Key(True, MASTERS)
"""They may do everything anyway."""


class Direction(StrEnum):
    """Seen from the subject."""

    GAINED = "gained"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Change:
    """One subject's access that only one of the two sets gives. ``confirmed``: the engine allows the example exactly in
    the set that gives it. ``along``: groups that the subject must be in as well; ``condition``: what must hold besides,
    in the words of the policies (a selector, an expression, a time)."""

    direction: Direction
    subject: Key
    box: Box
    example: Attributes
    confirmed: bool
    along: tuple[Key, ...] = ()
    condition: str = ""


def compare(old: Iterable[Object], new: Iterable[Object]) -> list[Change]:
    """All changes, the smallest first; empty exactly when no request is decided differently.

    RBAC only adds: what somebody may is what the user and each of the groups may, together. So a request that only one set
    allows is allowed there by one subject alone, and comparing subject by subject finds it, however many groups a user
    is in.
    """
    old_objects, new_objects = list(old), list(new)
    before, after = permissions(old_objects), permissions(new_objects)
    engines = RbacAuthorizer(old_objects), RbacAuthorizer(new_objects)
    changes: list[Change] = []
    for key in before.keys() | after.keys():
        if before.get(key) == after.get(key) or key == _MASTERS:
            continue
        changes += _changes(Direction.GAINED, key, after, before, (engines[1], engines[0]))
        changes += _changes(Direction.LOST, key, before, after, engines)
    return sorted(changes, key=lambda change: (change.box.breadth, change.direction, change.subject, str(change.box)))


def _changes(
    direction: Direction,
    key: Key,
    having: Permissions,
    lacking: Permissions,
    engines: tuple[RbacAuthorizer, RbacAuthorizer],
) -> list[Change]:
    groups = implied_groups(key)
    covered = [*lacking.get(key, ()), *(box for group in groups for box in lacking.get(group, ()))]
    known = set(covered)
    mine = [box for box in having.get(key, ()) if box not in known]
    user = _user(key, groups)
    return [
        Change(
            direction, key, box, example, engines[0].authorize(example).allowed and not engines[1].authorize(example).allowed
        )
        for box in difference(mine, covered)
        for example in (box.example(user),)
    ]


def _user(key: Key, groups: list[Key]) -> User:
    """The least identity that is this subject: a user, or somebody who is in the group."""
    names = [group.name for group in groups]
    return User.of("somebody", [key.name, *names]) if key.is_group else User.of(key.name, names)
