"""Changes of texts as changes of the lines that the texts stand in."""

from __future__ import annotations

from itertools import takewhile

from kubegate.analysis.mutation.edit import Edit, value_at
from kubegate.analysis.mutation.mutant import Spot
from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState

_QUOTING = frozenset("'\"\\#:\n")
"""What may mean something else in YAML than it says."""


def spot_of(state: ClusterState, obj: Object, edit: Edit) -> Spot | None:
    """Where in the file's lines a text is changed; None for other changes, and where the file spells the text otherwise."""
    old, new = value_at(obj, edit.path), value_at(edit.mutated, edit.path)
    source = state.source_of(obj)
    if not (isinstance(old, str) and isinstance(new, str) and old) or source is None:
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
