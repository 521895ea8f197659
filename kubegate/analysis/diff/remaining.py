"""What is left of a box without others, in so many steps at most.

Boxes that overlap in every dimension cut each other into pieces, and the pieces each other again: there is no bound but the
number of combinations. So the steps are counted, and whoever asks is told when there are too many.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.analysis.diff.boxes import Box

MOST = 1_000_000
"""Steps of a comparison of two sets; a step takes one box out of another."""
MOST_EACH = 200_000
"""Steps of one subject in one direction."""
_PIECES, _CUTS = 12, 20_000
"""Into which a box is cut at most, and in how many steps all of them are, to tell nothing twice."""


class TooMany(Exception):
    """It is not told within the steps that there may be."""


class Steps:
    """The steps that are left: of the whole, and of the subject at hand."""

    def __init__(self, most: int = MOST, each: int = MOST_EACH) -> None:
        self._left = most
        self._each = each
        self._here = each

    def begin(self) -> None:
        """Another subject."""
        self._here = self._each

    def take(self, count: int = 1) -> None:
        """Raises `TooMany`."""
        if count > min(self._left, self._here):
            raise TooMany
        self.spend(count)

    def spend(self, count: int) -> None:
        """Those that are taken whatever is left."""
        self._left -= count
        self._here -= count


def remaining(box: Box, without: Iterable[Box], steps: Steps) -> list[Box]:
    """The requests of the box that none of ``without`` has, as disjoint boxes. Raises `TooMany`."""
    near: list[tuple[int, Box]] = []
    for other in without:
        steps.take()
        pieces = box.minus(other)
        if not pieces:
            return []
        if pieces != [box]:
            near.append((len(pieces), other))
    left = [box]
    for _, other in sorted(near, key=lambda found: found[0]):  # what cuts least comes first
        steps.take(len(left))
        left = [piece for part in left for piece in part.minus(other)]
    return left


def apart(boxes: Iterable[Box], steps: Steps) -> list[Box]:
    """The same requests, each in one box only, as far as that does not cut the boxes small or take many steps."""
    found: list[Box] = []
    cuts = 0
    for box in dict.fromkeys(boxes):
        left = [box]
        for other in found:
            if len(left) > _PIECES or cuts >= _CUTS:
                left = [box]
                break
            cuts += len(left)
            left = [piece for part in left for piece in part.minus(other)]
        found += left
    steps.spend(cuts)
    return found
