"""What changed between two states of an object, and which fields a configuration sets.

Source: structured-merge-diff ``typed`` (compare, toFieldSet).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.apply.elements import element_of
from kubegate.api.apply.field_set import FieldSet
from kubegate.api.apply.shape import DEDUCED, Deduced, ListShape, MapShape, Scalar, Shape

ABSENT: Any = object()


class Comparison:
    """The paths added, modified and removed."""

    __slots__ = ("added", "modified", "removed")

    def __init__(self) -> None:
        self.added, self.modified, self.removed = FieldSet(), FieldSet(), FieldSet()

    @property
    def changed(self) -> FieldSet:
        """Added or modified."""
        return self.added | self.modified

    def without(self, ignored: FieldSet) -> Comparison:
        """The comparison of the fields that are not ignored."""
        made = Comparison()
        made.added = self.added.without(ignored)
        made.modified = self.modified.without(ignored)
        made.removed = self.removed.without(ignored)
        return made


def compare(shape: Shape, old: Any, new: Any) -> Comparison:
    """Compare two states; raises `BadItem`."""
    made = Comparison()
    _Walker(made).walk(shape, old, new, ())
    return made


class _Walker:
    def __init__(self, made: Comparison) -> None:
        self._made = made

    def walk(self, shape: Shape, old: Any, new: Any, path: tuple[str, ...]) -> None:
        if old is not ABSENT and new is not ABSENT and type(old) is type(new) and old == new:
            return
        shape = resolved(shape, new if new is not ABSENT else old)
        if isinstance(shape, MapShape) and not shape.atomic and _fits(dict, old, new):
            mine, theirs = _dict(old), _dict(new)
            if mine or theirs:
                self._map(shape, mine, theirs, path)
                self._ends(old, new, path)
                return
        elif isinstance(shape, ListShape) and shape.relation != "atomic" and _fits(list, old, new):
            left, right = _list(old), _list(new)
            if left or right:
                self._list(shape, left, right, path)
                self._ends(old, new, path)
                return
        self._leaf(old, new, path)

    def _ends(self, old: Any, new: Any, path: tuple[str, ...]) -> None:
        if old is ABSENT:
            self._made.added.add(path)
        elif new is ABSENT:
            self._made.removed.add(path)

    def _leaf(self, old: Any, new: Any, path: tuple[str, ...]) -> None:
        if old is not ABSENT and new is not ABSENT:
            self._made.modified.add(path)
        else:
            self._ends(old, new, path)

    def _map(self, shape: MapShape, old: dict[str, Any], new: dict[str, Any], path: tuple[str, ...]) -> None:
        for name in new.keys() | old.keys():
            below = shape.fields.get(name, shape.other) or DEDUCED
            self.walk(below, old.get(name, ABSENT), new.get(name, ABSENT), (*path, f"f:{name}"))

    def _list(self, shape: ListShape, old: list[Any], new: list[Any], path: tuple[str, ...]) -> None:
        left, right = _by_element(shape, old), _by_element(shape, new)
        for element in left.keys() | right.keys():
            mine, theirs = left.get(element, []), right.get(element, [])
            if len(mine) <= 1 and len(theirs) <= 1:
                first, second = mine[0] if mine else ABSENT, theirs[0] if theirs else ABSENT
                self.walk(shape.item, first, second, (*path, element))
            elif mine != theirs:
                self._leaf(mine or ABSENT, theirs or ABSENT, (*path, element))


def _by_element(shape: ListShape, items: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(element_of(shape, item), []).append(item)
    return found


def _fits(kind: type, *values: Any) -> bool:
    return all(value is ABSENT or value is None or isinstance(value, kind) for value in values)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def resolved(shape: Shape, value: Any) -> Shape:
    """The shape of a deduced value: objects merge by field, lists are one value."""
    if not isinstance(shape, Deduced):
        return shape
    if isinstance(value, dict):
        return MapShape({}, DEDUCED)
    return ListShape(DEDUCED) if isinstance(value, list) else Scalar("untyped")


def field_set(shape: Shape, value: Any) -> FieldSet:
    """The fields that a configuration sets: scalars, atomic values, list items, map entries; raises `BadItem`."""
    made = FieldSet()
    _collect(made, shape, value)
    return made


def _collect(node: FieldSet, shape: Shape, value: Any) -> None:
    shape = resolved(shape, value)
    if isinstance(shape, MapShape) and not shape.atomic:
        for name, item in _dict(value).items():
            child = node.child(f"f:{name}")
            _collect(child, shape.fields.get(name, shape.other) or DEDUCED, item)
            if item is None or item == {} or name not in shape.fields:
                child.member = True
    elif isinstance(shape, ListShape) and shape.relation != "atomic":
        for item in _list(value):
            child = node.child(element_of(shape, item))
            _collect(child, shape.item, item)
            child.member = True
    else:
        node.member = True
