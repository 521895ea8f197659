"""Changes of objects as changes of the files that they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from kubegate.analysis.mutation.mutant import FileChange
from kubegate.analysis.mutation.operators.edit import Edit, Path, replaced, value_at
from kubegate.api.names import Object
from kubegate.bundle.rewrite import rewritten, without
from kubegate.bundle.state import ClusterState, Origin, Source

_QUOTING = frozenset("'\"\\#:\n")
"""What may mean something else in YAML than it says."""


class Spot(NamedTuple):
    """A change within one line: the lines of the file, the place (from 0), what stands there and what will."""

    lines: Sequence[str]
    line: int
    column: int
    old: str
    new: str

    def changed(self) -> list[str]:
        """The lines after the change."""
        text = self.lines[self.line]
        made = text[: self.column] + self.new + text[self.column + len(self.old) :]
        return [*self.lines[: self.line], made, *self.lines[self.line + 1 :]]


class Rewriting(NamedTuple):
    """Any other change of an object."""

    origin: Origin
    old: Object
    new: Object

    @property
    def lines(self) -> Sequence[str]:
        return self.origin.source.lines

    def changed(self) -> list[str] | None:
        """The lines after the change; None if the change cannot be made without spelling much anew."""
        path, removes = _smallest(self.old, self.new, ())
        if removes:
            lines = without(self.origin, path)
            if lines is not None:
                return lines
            path = path[:-1]
        return rewritten(self.origin, path, value_at(self.new, path)) if path else None


def change_of(state: ClusterState, obj: Object, mutated: Object | None, edit: Edit | None = None) -> FileChange | None:
    """The change of the file; None for objects that are in no file or are removed."""
    origin = state.origin_of(obj)
    if origin is None or mutated is None:
        return None
    spot = _spot(state, obj, edit, origin.source) if edit is not None else None
    return spot or Rewriting(origin, obj, mutated)


def _smallest(old: Any, new: Any, path: Path) -> tuple[Path, bool]:
    """The deepest place below which everything that is different lies; whether what stands there is just removed."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in (*old, *(key for key in new if key not in old)) if old.get(key) != new.get(key)]
        if len(keys) == 1 and keys[0] in old:
            below = (*path, keys[0])
            return _smallest(old[keys[0]], new[keys[0]], below) if keys[0] in new else (below, True)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            places = [index for index in range(len(old)) if old[index] != new[index]]
            if len(places) == 1:
                return _smallest(old[places[0]], new[places[0]], (*path, places[0]))
        for index in range(len(old)):
            if [*old[:index], *old[index + 1 :]] == new:
                return (*path, index), True
    return path, False


def _spot(state: ClusterState, obj: Object, edit: Edit, source: Source) -> Spot | None:
    """Where in the file's lines a text is changed; None for other changes, and where the file spells the text otherwise."""
    old, new = value_at(obj, edit.path), value_at(edit.mutated, edit.path)
    if not (isinstance(old, str) and isinstance(new, str) and old) or replaced(obj, edit.path, new) != edit.mutated:
        return None
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if start == len(old) or "\n" in before or _QUOTING & set(after):
        return None
    place = state.locate_text(obj, edit.path, start)
    whole = state.locate_text(obj, edit.path, 0)
    if place is None or whole is None or not place.column or (start and place == whole):
        return None
    line, column = place.line - 1, place.column - 1
    if line >= len(source.lines) or not source.lines[line][column:].startswith(old[start:].partition("\n")[0]):
        return None
    if start == 0 and not _is_quoted(source.lines[line][:column]):
        return None
    return Spot(source.lines, line, column, before, after)


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _is_quoted(before: str) -> bool:
    """Whether the text after this is in quotes or in a block, so that any word may begin it."""
    return not before.strip() or before.endswith(("'", '"'))
