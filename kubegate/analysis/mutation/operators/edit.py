"""A change of one place of an object: what operators make, before it is known where the object stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kubegate.api.names import Object

Path = tuple[str | int, ...]
"""``("spec", "validations", 0, "expression")``"""


class Edit(NamedTuple):
    """``mutated`` None removes the object; ``offset``: the code point of the text at ``path`` that is changed."""

    operator: str
    path: Path
    mutated: Object | None
    offset: int = 0


def value_at(value: Any, path: Path) -> Any:
    """What stands at a path, None if nothing does."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy with something else at the path; what lies beside the path is shared."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*value[:step], replaced(value[step], rest, new), *value[step + 1 :]]
    inner = value.get(step) if isinstance(value, dict) else None
    return {**(value or {}), step: replaced(inner if rest else None, rest, new)}


def removed(value: Any, path: Path) -> Any:
    """A copy without what stands at the path."""
    *parents, last = path
    holder = value_at(value, tuple(parents))
    if isinstance(last, int):
        return replaced(value, tuple(parents), [*holder[:last], *holder[last + 1 :]])
    return replaced(value, tuple(parents), {key: held for key, held in holder.items() if key != last})


def drop(obj: Object, operator: str, path: Path) -> Iterator[Edit]:
    """Without what stands there, if anything does."""
    if value_at(obj, path):
        yield Edit(operator, path, removed(obj, path))


def drop_each(obj: Object, operator: str, path: Path, *, keep_last: bool = False) -> Iterator[Edit]:
    """Without each item of a list in turn; ``keep_last``: an only one stays."""
    items = value_at(obj, path) or []
    if keep_last and len(items) == 1:
        return
    for index in range(len(items)):
        yield Edit(operator, (*path, index), removed(obj, (*path, index)))


def exchange(obj: Object, operator: str, path: Path, others: dict[str, str], default: str = "") -> Iterator[Edit]:
    """Another value out of a table, ``default`` being the one that is meant where none stands."""
    other = others.get(value_at(obj, path) or default)
    if other is not None:
        yield Edit(operator, path, replaced(obj, path, other))
