"""Changes of objects as changes of the files that they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from kubegate.analysis.mutation.mutant import FileChange
from kubegate.analysis.mutation.operators.edit import Edit, Path, replaced, value_at
from kubegate.api.names import Object
from kubegate.bundle.rewrite import rewritten, without
from kubegate.bundle.rewrite_objects import without_object, written_anew
from kubegate.bundle.state import ClusterState, Origin, Source

_QUOTING = frozenset("'\"\\#:\n")
"""What may mean something else in YAML than it says."""


class Spot(NamedTuple):
    """A change within one line: the file, the place (from 0), what stands there and what will."""

    source: Source
    line: int
    column: int
    old: str
    new: str

    @property
    def text(self) -> str:
        return _decoded(self.source)

    def changed(self) -> list[str]:
        """The lines after the change."""
        lines = self.source.lines
        line = lines[self.line]
        made = line[: self.column] + self.new + line[self.column + len(self.old) :]
        return [*lines[: self.line], made, *lines[self.line + 1 :]]


class Rewriting(NamedTuple):
    """Any other change of an object; ``new`` None: it is taken out."""

    origin: Origin
    old: Object
    new: Object | None

    @property
    def text(self) -> str:
        return _decoded(self.origin.source)

    def changed(self) -> list[str] | None:
        """The lines after the change, of which as little is spelled anew as can be; None if the file cannot be changed."""
        if self.new is None:
            return without_object(self.origin)
        return self._in_parts(self.new) or written_anew(self.origin, self.new)

    def _in_parts(self, new: Object) -> list[str] | None:
        origin, lines = self.origin, None
        for path, removes in _changes(self.old, new, ()):
            lines = _changed(origin, path, removes, new)
            if lines is None:
                return None
            origin = origin.of_text("\n".join(lines))
        return lines


def change_of(state: ClusterState, obj: Object, mutated: Object | None, edit: Edit | None = None) -> FileChange | None:
    """The change of the file; None for objects that are in no file."""
    origin = state.origin_of(obj)
    if origin is None:
        return None
    spot = _spot(state, obj, edit, origin.source) if edit is not None and mutated is not None else None
    return spot or Rewriting(origin, obj, mutated)


def _changed(origin: Origin, path: Path, removes: bool, new: Object) -> list[str] | None:
    """The lines with one part changed, or the smallest part around it that can be."""
    if removes:
        lines = without(origin, path)
        if lines is not None:
            return lines
        path = path[:-1]
    for size in range(len(path), -1, -1):
        lines = rewritten(origin, path[:size], value_at(new, path[:size]))
        if lines is not None:
            return lines
    return None


def _changes(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, bool]]:
    """The deepest places below which everything that is different lies; whether what stands there is just removed. Of the
    object itself each field on its own; below, what is different in several ways is one change."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in (*old, *(key for key in new if key not in old)) if old.get(key) != new.get(key)]
        if (len(keys) == 1 or not path) and all(key in old for key in keys):
            for key in keys:
                below = (*path, key)
                yield from _changes(old[key], new[key], below) if key in new else iter([(below, True)])
            return
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            places = [index for index in range(len(old)) if old[index] != new[index]]
            if len(places) == 1:
                yield from _changes(old[places[0]], new[places[0]], (*path, places[0]))
                return
        for index in range(len(old)):
            if [*old[:index], *old[index + 1 :]] == new:
                yield (*path, index), True
                return
    yield path, False


def _decoded(source: Source) -> str:
    return source.text.decode("utf-8", "replace")


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
    return Spot(source, line, column, before, after)


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _is_quoted(before: str) -> bool:
    """Whether the text after this is in quotes or in a block, so that any word may begin it."""
    return not before.strip() or before.endswith(("'", '"'))
