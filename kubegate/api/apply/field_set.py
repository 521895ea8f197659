"""Sets of fields of an object, as a tree of path elements.

An element is written as in FieldsV1: ``f:NAME`` a field, ``k:{...}`` a list item by its keys, ``v:...`` an item of a set,
``i:N`` an item by position. Source: structured-merge-diff ``fieldpath``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]


class FieldSet:
    """A node of the tree: whether the path up to here is in the set, and the elements below. Treat as immutable, except
    while it is being filled by `add`."""

    __slots__ = ("children", "member")

    def __init__(self, member: bool = False, children: dict[str, FieldSet] | None = None) -> None:
        self.member = member
        self.children: dict[str, FieldSet] = children if children is not None else {}

    @classmethod
    def of(cls, *paths: Path) -> FieldSet:
        """The set of these paths."""
        made = cls()
        for path in paths:
            made.add(path)
        return made

    @classmethod
    def from_fields_v1(cls, fields: Any) -> FieldSet:
        """Read ``fieldsV1``; raises ValueError if it is none."""
        made = cls()
        _read(made, fields)
        made.member = isinstance(fields, dict) and "." in fields
        return made

    def to_fields_v1(self) -> dict[str, Any]:
        """As ``fieldsV1``."""
        made: dict[str, Any] = {".": {}} if self.member else {}
        for element in sorted(self.children):
            child = self.children[element]
            if child.member and not any(child.children.values()):
                made[element] = {}
            elif child:
                made[element] = child.to_fields_v1()
        return made

    def add(self, path: Path) -> None:
        """Put a path in."""
        node = self
        for element in path:
            node = node.child(element)
        node.member = True

    def child(self, element: str) -> FieldSet:
        """The node below, made if absent."""
        found = self.children.get(element)
        if found is None:
            found = self.children[element] = FieldSet()
        return found

    def __bool__(self) -> bool:
        return self.member or any(self.children.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldSet) and self.to_fields_v1() == other.to_fields_v1()

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: FieldSet) -> FieldSet:
        children = dict(self.children)
        for element, theirs in other.children.items():
            mine = children.get(element)
            children[element] = theirs if mine is None else mine | theirs
        return FieldSet(self.member or other.member, children)

    def __and__(self, other: FieldSet) -> FieldSet:
        children = {}
        for element, mine in self.children.items():
            theirs = other.children.get(element)
            if theirs is not None and (both := mine & theirs):
                children[element] = both
        return FieldSet(self.member and other.member, children)

    def __sub__(self, other: FieldSet) -> FieldSet:
        children = {}
        for element, mine in self.children.items():
            theirs = other.children.get(element)
            rest = mine if theirs is None else mine - theirs
            if rest:
                children[element] = rest
        return FieldSet(self.member and not other.member, children)

    def without(self, other: FieldSet) -> FieldSet:
        """The set without the members of ``other`` and everything below them."""
        if other.member:
            return FieldSet()
        children = {}
        for element, mine in self.children.items():
            theirs = other.children.get(element)
            rest = mine if theirs is None else mine.without(theirs)
            if rest:
                children[element] = rest
        return FieldSet(self.member, children)

    def paths(self, prefix: Path = ()) -> Iterator[Path]:
        """Every path: of each node first the members below it in order, then what is deeper."""
        for element in sorted(self.children):
            if self.children[element].member:
                yield (*prefix, element)
        for element in sorted(self.children):
            yield from self.children[element].paths((*prefix, element))


def _read(node: FieldSet, fields: Any) -> None:
    if not isinstance(fields, dict):
        raise ValueError("fieldsV1 is no object")
    for element, below in fields.items():
        if element == ".":
            continue
        if element[:2] not in ("f:", "k:", "v:", "i:"):
            raise ValueError(f"bad path element {element}")
        child = node.child(element)
        child.member = not below or "." in below
        if below:
            _read(child, below)


def key_element(keys: Mapping[str, Any]) -> str:
    """``k:{"name":"a"}``."""
    return "k:" + json.dumps(dict(sorted(keys.items())), separators=(",", ":"), ensure_ascii=False)


def value_element(value: Any) -> str:
    """``v:"a"``."""
    return "v:" + json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def show_path(path: Path) -> str:
    """``.spec.containers[name="a"].image``."""
    return "".join(map(show_element, path))


def show_element(element: str) -> str:
    """One element as messages show it."""
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f".{text}"
    if kind == "k:":
        keys = json.loads(text)
        return "[" + ",".join(f"{name}={json.dumps(keys[name], ensure_ascii=False)}" for name in keys) + "]"
    return f"[={text}]" if kind == "v:" else f"[{text}]"
