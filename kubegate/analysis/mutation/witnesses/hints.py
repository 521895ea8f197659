"""What an expression compares with what: the fields that it reads, and values for them that may change its outcome.

A hint is a guess; whoever uses it tries the value out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
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
_SAME = (
    "orValue",
    "value",
    "optional.of",
    "lowerAscii",
    "upperAscii",
    "string",
    "int",
    "double",
    "quantity",
    "dyn",
    "trim",
    "split",
)
_META = ".*+?()[]{}|^$\\"


def hints(
    text: str,
    variables: Mapping[str, str] | None = None,
    roots: Mapping[str, Steps] | None = None,
    params: Sequence[Any] = (),
) -> list[Hint]:
    """The hints of an expression, each once, in the order in which they are met. ``variables``: those of the policy;
    ``roots``: what names stand for (``self``); ``params``: the objects that ``params`` may be."""
    known: dict[str, Node] = {}
    for name, source in (variables or {}).items():
        tree = _parsed(source)
        if tree is not None:
            known[name] = tree
    trees = [tree for tree in (_parsed(text), *known.values()) if tree is not None]
    found: list[Hint] = []
    for tree in trees:
        for hint in _Reader(known, params).read(tree, roots or {}):
            if hint not in found:
                found.append(hint)
    return found


def _parsed(text: str) -> Node | None:
    try:
        return parse(text)
    except (KubegateError, Malformed):
        return None


class _Reader:
    def __init__(self, variables: Mapping[str, Node], params: Sequence[Any]) -> None:
        self._variables = variables
        self._params = params

    def read(self, node: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        if isinstance(node, Comprehension):
            ranged = self.steps(node.range, names)
            if ranged is not None:
                yield from (Hint(ranged, value) for value in (Sized(2), Absent))
                each = self._elements(node.range, names) or ranged
                names = {**names, node.first: each, node.second: each}
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
            truths = (part for part in parts if isinstance(part, Select) or _is_field(part))
            for steps in (self.steps(part, names) for part in truths):
                if steps is not None:
                    yield from (Hint(steps, True), Hint(steps, False))
        elif node.function == "@in":
            yield from self._member(parts[0], parts[1], names)
        elif node.function in _PARTS and len(parts) == 2:
            steps = self.steps(parts[0], names)
            for text in self._values(parts[1], names) if steps is not None else ():
                if steps is not None and isinstance(text, str):
                    plain = "".join(char for char in text if char not in _META) if node.function == "matches" else text
                    yield from (Hint(steps, value) for value in (plain, f"{plain}x", f"x{plain}", "x", f"{plain}0"))

    def _compared(self, this: Node, other: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        values = self._values(other, names)
        if not values:
            return
        sized = isinstance(this, Call) and this.function == "size"
        steps = self.steps((this.target or this.args[0]) if isinstance(this, Call) and sized else this, names)
        if steps is None:
            return
        for near in (near for value in values for near in _near(value)):
            yield Hint(steps, Sized(near) if sized and isinstance(near, int) else near)

    def _member(self, this: Node, those: Node, names: Mapping[str, Steps]) -> Iterator[Hint]:
        steps, holder = self.steps(this, names), self.steps(those, names)
        if steps is not None and isinstance(those, ListLiteral):
            values = [value for element in those.elements for value in self._values(element, names)]
            yield from (Hint(steps, value) for value in (*values[:3], *(_near(values[0])[-1:] if values else ())))
        if steps is not None and holder is not None and holder[0] == "params":
            yield from (Hint(steps, near) for value in self._looked_up((*holder, EACH))[:3] for near in _near(value))
        if holder is not None:
            yield Hint(holder, Absent)
            if (value := _constant(this)) is not None:
                yield Hint(holder, Holding(value))

    def _values(self, node: Node, names: Mapping[str, Steps]) -> list[Any]:
        """What a part of an expression is, if that is written in it or in the params."""
        value = _constant(node)
        if value is not None or not self._params:
            return [] if value is None else [value]
        if isinstance(node, Call) and node.function == "_+_":
            pairs = product(self._values(node.args[0], names), self._values(node.args[1], names))
            return [one + other for one, other in pairs if type(one) is type(other)]
        steps = self.steps(node, names)
        if steps is None or steps[0] != "params":
            return []
        found = self._looked_up(steps)
        if isinstance(node, Call) and node.function == "int":
            return [int(text) for text in found if str(text).lstrip("-").isdigit()]
        return found

    def _looked_up(self, steps: Steps) -> list[Any]:
        """What stands in the params; a text whose items are asked for is a list of words."""
        found = list(self._params)
        for step in steps[1:]:
            below: list[Any] = []
            for value in found:
                if step != EACH:
                    below += [value[step]] if isinstance(value, dict) and step in value else []
                elif isinstance(value, str):
                    below += re.split(r"[\s,]+", value)
                elif isinstance(value, dict | list):
                    below += value.values() if isinstance(value, dict) else value
            found = below
        return [value for value in found if isinstance(value, str | int | float)]

    def _elements(self, node: Node, names: Mapping[str, Steps]) -> Steps | None:
        """The field that the items of a list are: of ``list.map(c, c.image)`` the images."""
        if isinstance(node, Select) and isinstance(node.operand, Ident) and node.operand.name == "variables":
            known = self._variables.get(node.name)
            return self._elements(known, {}) if known is not None else None
        if isinstance(node, Comprehension) and isinstance(node.step, Call) and node.step.function == "_+_":
            added = node.step.args[1]
            each = self._elements(node.range, names)
            if isinstance(added, ListLiteral) and len(added.elements) == 1 and each is not None:
                return self.steps(added.elements[0], {**names, node.first: each, node.second: each})
        return _below(self.steps(node, names), EACH)

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
        if node.function == "_+_":
            return self.steps(node.args[0], names)
        if node.function in _SAME and (node.target is not None or node.args):
            return self.steps(node.target or node.args[0], names)
        if node.function == "_?_:_":
            return self.steps(node.args[1], names) or self.steps(node.args[2], names)
        return None


def _is_field(node: Node) -> bool:
    """Whether it is a field that may be missing: ``object.?a.orValue(false)``."""
    return isinstance(node, Call) and node.function in ("orValue", "value")


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
