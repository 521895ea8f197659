"""Boxes of requests: what one rule allows one subject, as a product of dimensions; and differences of unions of boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from kubegate.analysis.diff.values import Values, is_pattern, unused_letter
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

_DIMENSIONS = ("verbs", "groups", "resources", "subresources", "names", "namespaces")


@dataclass(frozen=True, slots=True)
class ResourceBox:
    """Resource requests: every combination of a value of each dimension. The empty namespace is the cluster's scope, the
    empty name a request without a name."""

    verbs: Values
    groups: Values
    resources: Values
    subresources: Values
    names: Values
    namespaces: Values

    def minus(self, other: Box) -> list[Box]:
        """What is left, as disjoint boxes."""
        if not isinstance(other, ResourceBox):
            return [self]
        pieces: list[Box] = []
        rest = self
        for dimension in _DIMENSIONS:
            mine, theirs = getattr(rest, dimension), getattr(other, dimension)
            common = mine & theirs
            if common.empty:
                return [self]
            outside = mine - theirs
            if not outside.empty:
                pieces.append(replace(rest, **{dimension: outside}))
            rest = replace(rest, **{dimension: common})
        return pieces

    def common(self, other: Box) -> Box | None:
        """The requests of both."""
        if not isinstance(other, ResourceBox):
            return None
        values = [getattr(self, dimension) & getattr(other, dimension) for dimension in _DIMENSIONS]
        return None if any(value.empty for value in values) else ResourceBox(*values)

    def example(self, user: User) -> Attributes:
        """One request of the box."""
        return Attributes(
            user,
            self.verbs.example(),
            group=self.groups.example(),
            version="*",
            resource=self.resources.example(),
            subresource=self.subresources.example(),
            namespace=_met(self.namespaces.example()),
            name=_met(self.names.example()),
        )

    @property
    def breadth(self) -> tuple[int, float]:
        """For sorting: how many dimensions are unlimited, then the number of combinations of the others."""
        sizes = [getattr(self, dimension).size for dimension in _DIMENSIONS]
        finite = [size for size in sizes if size != float("inf")]
        product = 1.0
        for size in finite:
            product *= size
        return len(sizes) - len(finite), product


@dataclass(frozen=True, slots=True)
class PathBox:
    """Non-resource requests: verbs, and the paths that a pattern covers (exact, or a beginning) and no ``excluded`` one."""

    verbs: Values
    path: str
    is_prefix: bool
    excluded: tuple[tuple[str, bool], ...] = ()

    def minus(self, other: Box) -> list[Box]:
        """What is left, as disjoint boxes."""
        if not isinstance(other, PathBox) or not _overlap((self.path, self.is_prefix), (other.path, other.is_prefix)):
            return [self]
        common = self.verbs & other.verbs
        if common.empty or any(_covers(hole, (self.path, self.is_prefix)) for hole in other.excluded):
            return [self]
        pieces: list[Box] = []
        outside = self.verbs - other.verbs
        if not outside.empty:
            pieces.append(replace(self, verbs=outside))
        rest = replace(self, verbs=common)
        if not _covers((other.path, other.is_prefix), (self.path, self.is_prefix)):
            # The other one is the narrower: it leaves a hole, in which its own holes stay covered by us.
            pieces.append(replace(rest, excluded=(*rest.excluded, (other.path, other.is_prefix))))
        for hole in other.excluded:
            if _covers((self.path, self.is_prefix), hole):
                pieces.append(replace(rest, path=hole[0], is_prefix=hole[1], excluded=self._holes_in(hole)))
        return [piece for piece in pieces if not (isinstance(piece, PathBox) and piece.empty)]

    def common(self, other: Box) -> Box | None:
        """The requests of both."""
        if not isinstance(other, PathBox):
            return None
        mine, theirs = (self.path, self.is_prefix), (other.path, other.is_prefix)
        narrower = theirs if _covers(mine, theirs) else mine
        holes = dict.fromkeys((*self._holes_in(narrower), *other._holes_in(narrower)))
        found = PathBox(self.verbs & other.verbs, *narrower, tuple(holes))
        return None if not _overlap(mine, theirs) or found.verbs.empty or found.empty else found

    def _holes_in(self, pattern: tuple[str, bool]) -> tuple[tuple[str, bool], ...]:
        return tuple(hole for hole in self.excluded if _overlap(hole, pattern))

    @property
    def empty(self) -> bool:
        return any(_covers(hole, (self.path, self.is_prefix)) for hole in self.excluded)

    def example(self, user: User) -> Attributes:
        """One request of the box."""
        path = self.path
        if self.is_prefix:
            holes = [hole[0] for hole in self.excluded if hole[0].startswith(path)]
            path += unused_letter(hole[len(path) :][:1] for hole in holes) if path in holes else ""
        return Attributes(user, self.verbs.example(), is_resource=False, path=path)

    @property
    def breadth(self) -> tuple[int, float]:
        """For sorting, as of a `ResourceBox`."""
        return int(self.is_prefix) + int(self.verbs.others), self.verbs.size if not self.verbs.others else 1.0


Box: TypeAlias = ResourceBox | PathBox


def _met(text: str) -> str:
    """Where a pattern is the value: a text that it matches."""
    return text.replace("*", "x") if is_pattern(text) else str(text)


def _covers(outer: tuple[str, bool], inner: tuple[str, bool]) -> bool:
    if outer[1]:
        return inner[0].startswith(outer[0])
    return not inner[1] and outer[0] == inner[0]


def _overlap(one: tuple[str, bool], other: tuple[str, bool]) -> bool:
    return _covers(one, other) or _covers(other, one)


def difference(boxes: Iterable[Box], without: Iterable[Box]) -> list[Box]:
    """The requests of ``boxes`` that none of ``without`` has, as disjoint boxes."""
    taken = list(without)
    seen: list[Box] = []
    for box in boxes:
        left: list[Box] = [box]
        for other in (*taken, *seen):
            left = [piece for part in left for piece in part.minus(other)]
            if not left:
                break
        seen += left
    return seen
