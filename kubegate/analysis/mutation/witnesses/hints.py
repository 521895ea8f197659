"""What an expression compares with what: the fields that it reads, and values for them that may change its outcome.

A hint is a guess; whoever uses it tries the value out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kubegate.cel.ast import Call, Comprehension, Ident, ListLiteral, Literal, MapLiteral, Node, Select
from kubegate.cel.lexer import Malformed
from kubegate.cel.parser import parse
from kubegate.errors import KubegateError

EACH = "*"
"""The step into the items of a list."""

Steps = tuple[str, ...]
"""``("object", "spec", "containers", "*", "image")``"""


class Absent:
    """The field is not there."""


class Sized(NamedTuple):
    """A text, list or map of so many parts."""

    size: int


class Holding(NamedTuple):
    """A list or map that holds a value."""

    member: Any


class Hint(NamedTuple):
    """A value that a field may have."""

    steps: Steps
    value: Any


_ORDER = ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_")
_TRUTH = ("_&&_", "_||_", "!_", "_?_:_")
_PARTS = ("startsWith", "endsWith", "contains", "matches")
_SAME = ("orValue", "value", "lowerAscii", "upperAscii", "string", "int", "quantity", "dyn", "double", "trim", "optional.of")
_META = ".*+?()[]{}|^$\\"


def hints(text: str, variables: Mapping[str, str] | None = None) -> list[Hint]:
    """The hints of an expression, each once, in the order in which they are met. ``variables``: those of the policy."""
    known: dict[str, Node] = {}
    for name, source in (variables or {}).items():
        tree = _parsed(source)
        if tree is not None:
            known[name] = tree
    trees = [tree for tree in (_parsed(text), *known.values()) if tree is not None]
    found: list[Hint] = []
    for tree in trees:
        for hint in _Reader(known).read(tree, {}):
            if hint not in found:
                found.append(hint)
    return found


def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except (KubegateError, Malformed):
        return None


class _Reader:
    def __init__(self, variables: Mapping[str, Node]) -> None:
        self._variables = variables

    def read(self, node: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        if isinstance(node, Comprehension):
            ranged = self.steps(node.range, names)
            if ranged is not None:
                yield from (Hint(ranged, value) for value in (Sized(2), Absent))
                names = {**names, node.first: (*ranged, EACH), node.second: (*ranged, EACH)}
        elif isinstance(node, Call):
            yield from self._call(node, names)
        elif isinstance(node, Select) and (steps := self.steps(node, names)) is not None:
            yield Hint(steps, Absent)
            if len(steps) > 3:
                yield Hint(steps[:-1], Absent)
            return
        for child in node.children():
            yield from self.read(child, names)

    def _call(self, node: Call, names: Mapping[str, Steps]) -> Iterator[Hint]:
        parts = [*([node.target] if node.target is not None else []), *node.args]
        if node.function in _ORDER:
            for this, other in (parts, reversed(parts)):
                yield from self._compared(this, other, names)
        elif node.function == "_[_]" and isinstance(_constant(node.args[1]), str):
            holder = self.steps(node.args[0], names)
            if holder is not None:
                key = (*holder, str(_constant(node.args[1])))
                yield from (Hint(key, Absent), Hint(key, "x"), Hint(holder, Holding("other")))
        elif node.function in _TRUTH:
            for steps in (self.steps(part, names) for part in parts if isinstance(part, Select)):
                if steps is not None:
                    yield from (Hint(steps, True), Hint(steps, False))
        elif node.function == "@in":
            yield from self._member(parts[0], parts[1], names)
        elif node.function in _PARTS and len(parts) == 2:
            steps, text = self.steps(parts[0], names), _constant(parts[1])
            if steps is not None and isinstance(text, str):
                plain = "".join(char for char in text if char not in _META) if node.function == "matches" else text
                yield from (Hint(steps, value) for value in (plain, f"{plain}x", f"x{plain}", "x"))

    def _compared(self, this: Node, other: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        value = _constant(other)
        if value is None:
            return
        sized = isinstance(this, Call) and this.function == "size"
        steps = self.steps((this.target or this.args[0]) if isinstance(this, Call) and sized else this, names)
        if steps is None:
            return
        for near in _near(value):
            yield Hint(steps, Sized(near) if sized and isinstance(near, int) else near)

    def _member(self, this: Node, those: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        steps, holder = self.steps(this, names), self.steps(those, names)
        if steps is not None and isinstance(those, ListLiteral):
            values = [value for value in map(_constant, those.elements) if value is not None]
            yield from (Hint(steps, value) for value in (*values[:3], *(_near(values[0])[-1:] if values else ())))
        if holder is not None:
            yield Hint(holder, Absent)
            if (value := _constant(this)) is not None:
                yield Hint(holder, Holding(value))

    def steps(self, node: Node, names: Mapping[str, Steps]) -> Steps | None:
        """The field that a part of an expression reads, if it is one."""
        if isinstance(node, Ident):
            return names.get(node.name, (node.name,))
        if isinstance(node, Select):
            if isinstance(node.operand, Ident) and node.operand.name == "variables" and node.name in self._variables:
                return self.steps(self._variables[node.name], {})
            return _below(self.steps(node.operand, names), node.name)
        if isinstance(node, Comprehension):
            return self.steps(node.range, names)
        if not isinstance(node, Call):
            return None
        if node.function in ("_[_]", "_[?_]", "_?._"):
            key = _constant(node.args[1])
            return _below(self.steps(node.args[0], names), key if isinstance(key, str) else EACH)
        if node.function in _SAME and (node.target is not None or node.args):
            return self.steps(node.target or node.args[0], names)
        if node.function == "_?_:_":
            return self.steps(node.args[1], names) or self.steps(node.args[2], names)
        return None


def _below(steps: Steps | None, step: str) -> Steps | None:
    return None if steps is None else (*steps, step)


def _constant(node: Node) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Call) and node.function in ("quantity", "duration") and node.args:
        return _constant(node.args[0])
    if isinstance(node, ListLiteral | MapLiteral) and not list(node.children()):
        return [] if isinstance(node, ListLiteral) else {}
    return None


def _near(value: Any) -> list[Any]:
    """The value and its neighbours."""
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, int):
        return [int(value), int(value) + 1, int(value) - 1]
    if isinstance(value, float):
        return [value, value + 1, value - 1]
    if isinstance(value, str):
        return [value, f"{value}x"]
    return [value]
