"""Objects with one field changed as a hint says: candidates for what tells a policy from its mutant."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.mutation.witnesses.hints import EACH, Absent, Hint, Holding, Sized
from kubegate.api.names import Object

_NAME = "x"


def variants(obj: Object, hint: Hint) -> Iterator[Object]:
    """The object with the field (``hint.steps`` without its root) changed: in the first item of lists, and in all."""
    steps = hint.steps[1:]
    seen: list[Object] = [obj]
    for everywhere in (False, True) if EACH in steps else (False,):
        changed = copy.deepcopy(obj)
        if steps and _put(changed, steps, hint.value, everywhere) and changed not in seen:
            seen.append(changed)
            yield changed


def _put(holder: Any, steps: tuple[str, ...], value: Any, everywhere: bool) -> bool:
    """Change the value at the steps in place; False where that makes no sense."""
    step, rest = steps[0], steps[1:]
    if step == EACH:
        return _put_in_items(holder, rest, value, everywhere)
    if not isinstance(holder, dict):
        return False
    if not rest:
        return _set(holder, step, value)
    if holder.get(step) is None:
        if value is Absent:
            return False
        holder[step] = [{"name": _NAME}] if rest[0] == EACH and len(rest) > 1 else [] if rest[0] == EACH else {}
    return _put(holder[step], rest, value, everywhere)


def _put_in_items(holder: Any, rest: tuple[str, ...], value: Any, everywhere: bool) -> bool:
    if isinstance(holder, dict):
        return bool(rest) and _each(list(holder.values()), rest, value, everywhere)
    if not isinstance(holder, list):
        return False
    if not rest:
        if value is Absent or isinstance(value, Sized | Holding):
            return False
        holder[: len(holder) if everywhere else 1] = [value]
        return True
    return _each(holder if everywhere else holder[:1], rest, value, everywhere)


def _each(items: list[Any], rest: tuple[str, ...], value: Any, everywhere: bool) -> bool:
    changed = [_put(item, rest, value, everywhere) for item in items]
    return any(changed)


def _set(holder: dict[str, Any], step: str, value: Any) -> bool:
    old = holder.get(step)
    if value is Absent:
        return holder.pop(step, None) is not None
    if isinstance(value, Sized):
        value = _of_size(old, value.size)
    elif isinstance(value, Holding):
        member = value.member
        value = [*old, member] if isinstance(old, list) else {**(old or {}), str(member): _NAME}
    if value is None or value == old:
        return False
    holder[step] = value
    return True


def _of_size(old: Any, size: int) -> Any:
    """A text, list or map like the old one with so many parts; None if there is none."""
    if size < 0 or size > 100:
        return None
    if isinstance(old, list):
        return [_renamed(old[index % len(old)], index, len(old)) for index in range(size)] if old else None
    if isinstance(old, dict):
        kept = dict(list(old.items())[:size])
        return kept | {f"{_NAME}{index}": _NAME for index in range(size - len(kept))}
    return _NAME * size


def _renamed(item: Any, index: int, known: int) -> Any:
    if index < known or not isinstance(item, dict) or "name" not in item:
        return item
    return {**item, "name": f"{item['name']}-{index}"}
