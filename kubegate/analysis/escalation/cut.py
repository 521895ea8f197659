"""The smallest set of bindings without which there is no path.

Each path rests on some bindings, and whatever breaks all paths takes away one of them. So a smallest set that has something
in common with all that are known is tried; if paths are left without it, these are known, too. What breaks all at last is
the smallest there is, as no set that small could do with less known. The search itself says that no path is left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kubegate.analysis.escalation.hitting_set import smallest
from kubegate.analysis.escalation.model import BindingId, Path
from kubegate.analysis.escalation.paths import find_paths
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.authz.rbac.bindings import Binding
from kubegate.bundle.bootstrap import rbac_objects

MAX_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Cut:
    """``exact``: no smaller set would do. ``unbreakable``: paths that rest on no binding that may be taken away."""

    bindings: tuple[Binding, ...]
    exact: bool
    unbreakable: tuple[Path, ...]


def smallest_cut(world: World, starts: Collection[Who], paths: list[Path]) -> Cut:
    """The cut of ``paths``, which were found from ``starts``. A cluster's default bindings stay: it makes them again."""
    bindings = {_key(binding.id): binding for binding in world.rbac.bindings()}
    fixed = _bootstrap(world)
    known: set[frozenset[str]] = set()
    unbreakable: list[Path] = []
    chosen: set[str] = set()
    exact, left = True, paths
    for _ in range(MAX_ROUNDS):
        unbreakable, before = [], len(known)
        for path in left:
            support = frozenset(_key(part) for part in path.support - fixed)
            if support:
                known.add(support)
            else:
                unbreakable.append(path)
        if len(known) == before:
            break
        chosen, exact = smallest(known)
        with world.without(bindings[key].id for key in chosen):
            left = find_paths(world, starts)
    else:
        exact = False
    cut = tuple(bindings[key] for key in sorted(chosen))
    return Cut(cut, exact, tuple(unbreakable))


def _key(identity: BindingId) -> str:
    return "/".join(identity)


def _bootstrap(world: World) -> frozenset[BindingId]:
    """The default bindings of a cluster, where they are as they were."""
    defaults = {
        (str(obj["metadata"].get("namespace") or ""), str(obj["metadata"]["name"])): obj
        for obj in rbac_objects()
        if str(obj["kind"]).endswith("Binding")
    }
    return frozenset(
        binding.id
        for binding in world.rbac.bindings()
        if (default := defaults.get(binding.id)) is not None and (default.get("subjects") or []) == binding.subjects
    )
