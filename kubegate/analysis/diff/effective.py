"""What an identity may do by one set of policies: what is allowed without what is denied; and the difference of two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubegate.analysis.diff.boxes import Box, difference
from kubegate.analysis.diff.permissions import Permissions, implied_groups
from kubegate.analysis.diff.statements import Statement
from kubegate.api.user import MASTERS, User
from kubegate.authz.rbac.bindings import Key

Conditional = tuple[str, Box]
"""A box under a condition ("": always)."""

Identity = tuple[Key, ...]
"""A user and groups (beside those that it is always in), or groups alone: the least identity that is all of them."""


def user_of(identity: Identity) -> User:
    """Somebody who is that, and nothing more; of a pattern, somebody whom it means."""
    keys = [key._replace(name=key.name.replace("*", "x")) for key in identity]
    names = [key.name for key in keys if not key.is_group]
    implied = [group.name for key in keys for group in implied_groups(key)]
    groups = dict.fromkeys([*(key.name for key in keys if key.is_group), *implied])
    return User.of(names[0] if names else "somebody", list(groups))


@dataclass(frozen=True)
class Effective:
    """What one set allows and denies one identity."""

    allowed: tuple[Conditional, ...] = ()
    denied: tuple[Conditional, ...] = ()

    def beyond(self, other: Effective) -> Iterator[Conditional]:
        """What this allows and the other does not."""
        own_denials = [box for condition, box in self.denied if not condition]
        for condition in dict.fromkeys(condition for condition, _ in self.allowed):
            mine = [box for mark, box in self.allowed if mark == condition]
            theirs = [box for mark, box in other.allowed if mark in ("", condition)]
            known = set(theirs)
            mine_new = [box for box in mine if box not in known]
            new = difference(mine_new, [*theirs, *own_denials]) if mine_new else []
            yield from ((condition, box) for box in new)
            for mark, denial in other.denied:
                if (mark, denial) in self.denied:
                    continue
                again = difference(_common(mine, denial), [*own_denials, *new])
                yield from ((_both(condition, mark), box) for box in again)


def effective(identity: Identity, permissions: Permissions, statements: Iterable[Statement]) -> Effective:
    """What RBAC's permissions and the statements come to."""
    user = user_of(identity)
    allowed: dict[Conditional, None] = {}
    denied: dict[Conditional, None] = {}
    saved = False
    keys = dict.fromkeys([*identity, *(group for key in identity for group in implied_groups(key))])
    for key in keys:
        allowed.update(dict.fromkeys(("", box) for box in permissions.get(key, ())))
    for statement in statements:
        if not statement.applies(user):
            continue
        saved = saved or statement.saves
        made = denied if statement.denies else allowed
        made.update(dict.fromkeys((statement.condition, box) for box in statement.boxes))
    return Effective(tuple(allowed), () if saved else tuple(denied))


def is_master(identity: Identity) -> bool:
    """Members of system:masters may do everything, whatever policies say."""
    return Key(True, MASTERS) in identity


def _common(boxes: list[Box], other: Box) -> list[Box]:
    """What the boxes have in common with another one."""
    return [part for box in boxes for part in difference([box], difference([box], [other]))]


def _both(one: str, other: str) -> str:
    return " and ".join(filter(None, (one, f"denied if {other}" if other else "")))
