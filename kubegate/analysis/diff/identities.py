"""Among whom a difference between two sets with denials and exceptions can show.

What a set decides about somebody depends on the user and on which of the groups that policies name it is in. A group matters
beside another subject only where a denial or an exception names it, so every combination of those groups is looked at, with
each subject that a difference may come from. Where they are too many, the largest combinations are left out and said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice, product
from math import comb

from kubegate.analysis.diff.boxes import Box, difference
from kubegate.analysis.diff.effective import Identity, is_master, user_of
from kubegate.analysis.diff.patterns import overlaps
from kubegate.analysis.diff.permissions import Permissions, implied_groups
from kubegate.analysis.diff.statements import Statement
from kubegate.authz.rbac.bindings import Key

MOST = 4_000
"""Combinations of more than two that are looked at."""
MOST_PAIRS = 100_000
"""Combinations of two."""


@dataclass(frozen=True)
class Identities:
    """Each one after those that it is made of. ``limit``: which combinations are left out, "" if none."""

    all: list[Identity]
    limit: str = ""


def identities(
    permissions: tuple[Permissions, Permissions],
    statements: tuple[tuple[Statement, ...], tuple[Statement, ...]],
    *,
    moved: bool = False,
) -> Identities:
    """Of the two sets. ``moved``: the authorizers are asked in another order, so that every policy may act differently."""
    every = [*statements[0], *statements[1]]
    texts = [{statement.text for statement in side} for side in statements]
    changed = every if moved else [found for found in every if found.text in texts[0] ^ texts[1]]
    touchy = [found for found in every if found.denies or found.exceptions or len(found.subjects) > 1]
    held = dict.fromkeys([*permissions[0], *permissions[1]])
    shifted = [key for key in held if permissions[0].get(key) != permissions[1].get(key)]
    named = _keys(every)
    singles = dict.fromkeys([*(held if changed else shifted), *named, *_common(named)])
    touched = _Touched(permissions, every, changed)
    near = [key for key in singles if changed and touched(key)]
    sources = dict.fromkeys([*shifted, *_keys(changed), *_common(named), *near])
    both = chain(product(near, _keys(found for found in touchy if found in changed)), product(sources, _keys(touchy)))
    pairs = list(islice(_distinct(both), MOST_PAIRS + 1))
    groups = [key for key in _keys(touchy) if key.is_group]
    larger, limit = _larger(list(sources), groups)
    if len(pairs) > MOST_PAIRS:
        larger, limit = [], f"who is more than one of the {len(singles)} subjects is not compared wholly: too many cases"
    found = [*((key,) for key in singles), *pairs[:MOST_PAIRS], *larger]
    return Identities([identity for identity in found if not is_master(identity)], limit)


def _larger(sources: list[Key], groups: list[Key]) -> tuple[list[Identity], str]:
    """Sources with two and more of the groups, as many as there may be."""
    found: list[Identity] = []
    seen: set[frozenset[Key]] = set()
    for size in range(2, len(groups) + 1):
        if len(found) + comb(len(groups), size) * len(sources) > MOST:
            names = ", ".join(key.name for key in groups[:8]) + (" ..." if len(groups) > 8 else "")
            return found, f"who is in {size} or more of the groups {names} besides another is not compared: too many cases"
        for along in combinations(groups, size):
            found += _distinct(((one, *along) for one in sources), size + 1, seen)
    return found, ""


def _distinct(candidates: Iterable[Identity], size: int = 2, seen: set[frozenset[Key]] | None = None) -> Iterator[Identity]:
    """Those that are of this size, and can be: one user at most; each once."""
    known = set() if seen is None else seen
    for identity in candidates:
        keys = frozenset(identity)
        if len(keys) == size and sum(not key.is_group for key in keys) <= 1 and keys not in known:
            known.add(keys)
            yield identity


class _Touched:
    """Is a subject meant by something that changed, or by something else on what that is about?"""

    def __init__(
        self, permissions: tuple[Permissions, Permissions], every: list[Statement], changed: list[Statement]
    ) -> None:
        self._permissions = permissions
        self._every = every
        self._changed = changed
        self._areas = list(dict.fromkeys(box for statement in changed for box in statement.boxes))
        self._known: dict[Box, bool] = {}

    def __call__(self, key: Key) -> bool:
        user = user_of((key,))
        if any(statement.applies(user) for statement in self._changed):
            return True
        if any(statement.applies(user) and any(map(self._meets, statement.boxes)) for statement in self._every):
            return True
        keys = (key, *implied_groups(key))
        return any(self._meets(box) for side in self._permissions for one in keys for box in side.get(one, ()))

    def _meets(self, box: Box) -> bool:
        if box not in self._known:
            self._known[box] = any(difference([box], [area]) != [box] for area in self._areas)
        return self._known[box]


def _keys(statements: Iterable[Statement]) -> list[Key]:
    return list(dict.fromkeys(key for found in statements for key in (*found.subjects, *found.exceptions)))


def _common(keys: Iterable[Key]) -> list[Key]:
    """Who is meant by several patterns at once."""
    found = list(keys)
    return [
        Key(is_group, text)
        for is_group in (False, True)
        for text in sorted(overlaps(key.name for key in found if key.is_group is is_group and "*" in key.name))
    ]
