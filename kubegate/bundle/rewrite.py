"""One change of a YAML or JSON file that leaves all else in it as it is spelled.

What cannot be changed so is not changed: the answer is None, and whoever asks shows the object instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from kubegate.bundle.state import Origin
from kubegate.bundle.yaml_text import compose, find, value_of
from kubegate.errors import InvalidInput

Path = tuple[str | int, ...]

NOT_THERE = (LookupError, TypeError, AttributeError)
"""How looking for a part fails that a file does not have."""


def rewritten(origin: Origin, path: Path, new: Any) -> list[str] | None:
    """The lines of the file with ``new`` at a path of an object; None if they would not mean that."""
    source = origin.source
    try:
        node = find(source.documents[origin.document], [*origin.inside, *path])
        lines = _replaced(source.lines, node, new, json_like=source.file.endswith(".json"))
        return lines if lines is not None and means(lines, origin, path, new) else None
    except (InvalidInput, *NOT_THERE):
        return None


def without(origin: Origin, path: Path) -> list[str] | None:
    """The lines without the item or field at a path, if it has lines of its own."""
    source = origin.source
    try:
        holder = find(source.documents[origin.document], [*origin.inside, *path[:-1]])
        lines = _cut(source.lines, holder, path[-1]) if path else None
        return lines if lines is not None and _lacks(lines, origin, path) else None
    except (InvalidInput, *NOT_THERE):
        return None


def dumped(value: Any) -> list[str]:
    """YAML in blocks."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=1000, allow_unicode=True)
    return text.splitlines()


class _Dumper(yaml.SafeDumper):
    """Writes what is there twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _replaced(lines: Sequence[str], node: yaml.Node, new: Any, *, json_like: bool) -> list[str] | None:
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        return _block(lines, node, new)
    shown, head = json.dumps(new) if json_like else _flow(new), lines[start.line][: start.column]
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return [*lines[: start.line], head + shown, *lines[end_of(lines, end.line, start.line) :]]
    tail = lines[end.line][end.column :]
    return [*lines[: start.line], head + shown + tail, *lines[end.line + 1 :]]


def _block(lines: Sequence[str], node: yaml.Node, new: Any) -> list[str] | None:
    """A list or map of several lines, written anew with the same indentation."""
    start = node.start_mark
    if lines[start.line][: start.column].strip(" -"):
        return None
    indent = " " * start.column
    made = dumped(new) if new else [f"  {_flow(new)}"]
    made = [lines[start.line][: start.column] + made[0], *(indent + line for line in made[1:])]
    return [*lines[: start.line], *made, *lines[end_of(lines, node.end_mark.line, start.line) :]]


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, default_flow_style=True, width=100_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _cut(lines: Sequence[str], holder: yaml.Node, step: str | int) -> list[str] | None:
    """Without the lines of one item of a block."""
    if not isinstance(holder, yaml.CollectionNode) or holder.flow_style or len(holder.value) < 2:
        return None
    if isinstance(holder, yaml.MappingNode):
        starts = [key.start_mark for key, _ in holder.value]
        position = next((at for at, (key, _) in enumerate(holder.value) if key.value == step), None)
    else:
        starts = [item.start_mark for item in holder.value]
        position = step if isinstance(step, int) and step < len(starts) else None
    if position is None:
        return None
    first = starts[position]
    last = starts[position + 1].line if position + 1 < len(starts) else holder.end_mark.line
    before = lines[first.line][: first.column]
    if before.strip(" -") or last <= first.line:
        return None
    kept = [*lines[: first.line], *lines[end_of(lines, last, first.line) :]]
    if isinstance(holder, yaml.MappingNode) and "-" in before and position == 0:
        return None  # the first field of an item of a list: the dash would go with it
    return kept


def end_of(lines: Sequence[str], line: int, start: int) -> int:
    """Before blank lines and comments that end a block: they belong to what follows."""
    line = min(line, len(lines))
    while line - 1 > start and (not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return max(line, start + 1)


def read_document(lines: Sequence[str], origin: Origin) -> Any:
    """The document of an object, of changed lines."""
    documents = list(compose("\n".join(lines)))
    return value_of(documents[origin.document])


def at(value: Any, path: Sequence[str | int]) -> Any:
    """What stands at a path; raises one of `NOT_THERE`."""
    for step in path:
        value = value[step] if not isinstance(step, str) else value.get(step)
    return value


def means(lines: Sequence[str], origin: Origin, path: Path, new: Any) -> bool:
    """Whether the changed file has just this change in it."""
    was, now = read_document(origin.source.lines, origin), read_document(lines, origin)
    whole = (*origin.inside, *path)
    return bool(at(now, whole) == new and _blanked(was, whole) == _blanked(now, whole))


def _lacks(lines: Sequence[str], origin: Origin, path: Path) -> bool:
    was, now = read_document(origin.source.lines, origin), read_document(lines, origin)
    *parents, last = (*origin.inside, *path)
    holder, left = at(was, parents), at(now, parents)
    wanted = (
        [*holder[:last], *holder[last + 1 :]]
        if isinstance(last, int)
        else {key: value for key, value in holder.items() if key != last}
    )
    return bool(left == wanted and _blanked(was, parents) == _blanked(now, parents))


def _blanked(value: Any, path: Sequence[str | int]) -> Any:
    """The value with nothing at the path."""
    if not path:
        return None
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*value[:step], _blanked(value[step], rest), *value[step + 1 :]]
    return {**value, step: _blanked(value.get(step), rest)}
