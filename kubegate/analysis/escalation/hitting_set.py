"""The smallest set that has something in common with each of some sets.

Exact by branch and bound, after what is forced or never of use has been settled; for what does not fit, a small set that is
not known to be the smallest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MAX_NODES = 100_000
"""So many branches of the search are looked at."""

_Sets = list[frozenset[str]]


@dataclass(slots=True)
class _Budget:
    left: int


def smallest(sets: Iterable[frozenset[str]], max_nodes: int = MAX_NODES) -> tuple[set[str], bool]:
    """(the set, is it the smallest); no set may be empty."""
    forced, rest = _reduced(set(sets))
    budget, exact = _Budget(max_nodes), True
    for part in _components(rest):
        best = _greedy(part)
        found = _search(part, len(best) - 1, budget)
        forced |= best if found is None else found
        exact = exact and budget.left > 0
    return forced, exact


def _reduced(sets: set[frozenset[str]]) -> tuple[set[str], _Sets]:
    """What every answer of the smallest size may hold, and the sets that it does not hit."""
    forced: set[str] = set()
    while True:
        single = {next(iter(one)) for one in sets if len(one) == 1}
        forced |= single
        sets = {one for one in sets if not one & single}
        least = _without_supersets(sets)
        useful = _useful(least)
        after = {one & useful for one in least}
        if after == sets:
            return forced, sorted(after, key=lambda one: (len(one), sorted(one)))
        sets = after


def _without_supersets(sets: set[frozenset[str]]) -> _Sets:
    """Who hits a set hits those that hold all of it."""
    kept: _Sets = []
    by_element: dict[str, _Sets] = {}
    for one in sorted(sets, key=lambda one: (len(one), sorted(one))):
        if not any(other <= one for element in one for other in by_element.get(element, ())):
            kept.append(one)
            for element in one:
                by_element.setdefault(element, []).append(one)
    return kept


def _useful(sets: _Sets) -> set[str]:
    """The elements but those that hit nothing that another one does not hit as well."""
    hits: dict[str, set[int]] = {}
    for index, one in enumerate(sets):
        for element in one:
            hits.setdefault(element, set()).add(index)
    kept: set[str] = set(hits)
    for element in sorted(hits, key=lambda element: (len(hits[element]), element)):
        near = set().union(*(sets[index] for index in hits[element])) & kept - {element}
        if any(hits[element] <= hits[other] for other in near):
            kept.discard(element)
    return kept


def _components(sets: _Sets) -> list[_Sets]:
    """The sets in parts that have nothing in common."""
    parts: list[tuple[set[str], _Sets]] = []
    for one in sets:
        joined, members = set(one), [one]
        others = []
        for elements, part in parts:
            if elements & one:
                joined |= elements
                members += part
            else:
                others.append((elements, part))
        parts = [*others, (joined, members)]
    return [members for _, members in parts]


def _greedy(sets: _Sets) -> set[str]:
    chosen: set[str] = set()
    while sets:
        counts = Counter(element for one in sets for element in one)
        best = min(counts, key=lambda element: (-counts[element], element))
        chosen.add(best)
        sets = [one for one in sets if best not in one]
    return {element for element in chosen if element}


def _search(sets: _Sets, limit: int, budget: _Budget) -> set[str] | None:
    """A hitting set of at most ``limit`` elements, the smallest there is; None if none is found (in the budget)."""
    if not sets:
        return set()
    budget.left -= 1
    if budget.left <= 0 or _disjoint(sets) > limit:
        return None
    best = None
    branch = min(sets, key=lambda one: (len(one), sorted(one)))
    counts = Counter(element for one in sets for element in one)
    tried: set[str] = set()
    for element in sorted(branch, key=lambda element: (-counts[element], element)):
        rest = [one - tried for one in sets if element not in one]
        found = _search(rest, limit - 1, budget) if all(rest) else None
        if found is not None:
            best = found | {element}
            limit = len(best) - 1
        tried.add(element)
    return best


def _disjoint(sets: _Sets) -> int:
    """So many sets have nothing in common: no answer can be smaller."""
    seen: set[str] = set()
    count = 0
    for one in sorted(sets, key=len):
        if not one & seen:
            seen |= one
            count += 1
    return count
