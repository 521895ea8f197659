"""Merging a configuration into an object, and taking fields out of one.

Source: structured-merge-diff ``typed`` (merge, remove) and ``fieldpath`` (EnsureNamedFieldsAreMembers).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.apply.compare import ABSENT, resolved
from kubegate.api.apply.elements import element_of
from kubegate.api.apply.field_set import FieldSet
from kubegate.api.apply.shape import DEDUCED, Deduced, ListShape, MapShape, Shape


def merge(shape: Shape, live: Any, config: Any) -> Any:
    """What ``live`` is with ``config`` over it; neither is changed. Raises `BadItem`."""
    if config is ABSENT:
        return live
    if live is ABSENT:
        live = None
    shape = resolved(shape, config if config is not None else live)
    if isinstance(shape, MapShape) and not shape.atomic and isinstance(config or live, dict):
        return _merge_map(shape, live or {}, config or {}) if live or config else config
    if isinstance(shape, ListShape) and shape.relation != "atomic" and isinstance(config or live, list):
        return _merge_list(shape, live or [], config or []) if live or config else config
    return config


def _merge_map(shape: MapShape, live: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    made = dict(live)
    for name, value in config.items():
        below = shape.fields.get(name, shape.other) or DEDUCED
        made[name] = merge(below, live.get(name, ABSENT), value)
    return made


def _merge_list(shape: ListShape, live: list[Any], config: list[Any]) -> list[Any]:
    """Live order is kept as far as the configuration's own order allows."""
    left = [element_of(shape, item) for item in live]
    right = [element_of(shape, item) for item in config]
    wanted = dict(zip(right, config, strict=True))
    known: dict[str, Any] = {}
    for element, item in zip(left, live, strict=True):
        known[element] = ABSENT if element in known else item
    shared = [element for element in right if element in known]
    made, merged = [], set()

    def take(element: str) -> None:
        made.append(merge(shape.item, known.get(element, ABSENT), wanted[element]))
        merged.add(element)
        if shared and shared[0] == element:
            shared.pop(0)

    at = to = 0
    while at < len(left) or to < len(right):
        if at < len(left) and to < len(right):
            if left[at] == right[to]:
                take(right[to])
                at, to = at + 1, to + 1
                continue
            if left[at] in wanted and shared and shared[0] != left[at]:
                at += 1
                continue
        if at < len(left):
            if left[at] not in wanted:
                made.append(live[at])
                at += 1
                continue
            if left[at] in merged:
                at += 1
        if to < len(right):
            take(right[to])
            to += 1
    return made


def remove(shape: Shape, value: Any, gone: FieldSet) -> Any:
    """``value`` without the members of ``gone``; what becomes empty is null."""
    shape = resolved(shape, value)
    if isinstance(shape, MapShape) and not shape.atomic and isinstance(value, dict):
        made = {}
        for name, item in value.items():
            below = gone.children.get(f"f:{name}")
            if below is not None and below.member:
                continue
            if below is not None and any(below.children.values()):
                item = remove(shape.fields.get(name, shape.other) or DEDUCED, item, below)
            made[name] = item
        return made or None
    if isinstance(shape, ListShape) and shape.relation != "atomic" and isinstance(value, list):
        items = []
        for item in value:
            below = gone.children.get(element_of(shape, item))
            if below is not None and below.member:
                continue
            if below is not None and any(below.children.values()):
                item = remove(shape.item, item, below)
            items.append(item)
        return items or None
    return None


def with_named_fields(shape: Shape, fields: FieldSet) -> FieldSet:
    """The set with the declared fields on the way to its members."""
    made = FieldSet(fields.member)
    for element, child in fields.children.items():
        below = with_named_fields(_below(shape, element), child)
        if child.children and isinstance(shape, MapShape) and element[:2] == "f:" and element[2:] in shape.fields:
            below.member = True
        made.children[element] = below
    return made


def _below(shape: Shape, element: str) -> Shape:
    if isinstance(shape, MapShape) and element[:2] == "f:":
        return shape.fields.get(element[2:], shape.other) or DEDUCED
    if isinstance(shape, ListShape):
        return shape.item
    return DEDUCED if isinstance(shape, Deduced) else shape
