"""The syntax tree. ``pos`` is the code point offset that errors about a node point at (an operator, a parenthesis, a dot).

The checker writes ``type`` (of every node) and ``overloads``/``function`` (of calls); nothing else changes after parsing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kubegate.cel.types import DYN, Type


@dataclass(slots=True, eq=False)
class Node:
    """Any expression."""

    pos: int
    type: Type = field(default=DYN, init=False)

    def children(self) -> Iterator[Node]:
        """The direct sub-expressions."""
        return iter(())


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A constant: None, bool, int, UInt, float, str, bytes."""

    value: Any


@dataclass(slots=True, eq=False)
class Ident(Node):
    """A variable or type name; ``constant`` is what a type name stands for."""

    name: str
    constant: Any = None


@dataclass(slots=True, eq=False)
class Select(Node):
    """``operand.name``, or ``has(operand.name)``."""

    operand: Node
    name: str
    test_only: bool = False

    def children(self) -> Iterator[Node]:
        yield self.operand


@dataclass(slots=True, eq=False)
class Call(Node):
    """A call: operators have names like ``_+_``; ``target`` is the receiver."""

    function: str
    args: list[Node]
    target: Node | None = None
    overloads: tuple[str, ...] = ()

    def children(self) -> Iterator[Node]:
        if self.target is not None:
            yield self.target
        yield from self.args


@dataclass(slots=True, eq=False)
class ListLiteral(Node):
    """``[a, ?b]``: ``optional`` holds the indices of the optional elements."""

    elements: list[Node]
    optional: frozenset[int] = frozenset()

    def children(self) -> Iterator[Node]:
        yield from self.elements


@dataclass(slots=True, eq=False)
class Entry:
    """``key: value`` of a map, or ``field: value`` of a message."""

    pos: int
    key: Node | str
    value: Node
    optional: bool = False


@dataclass(slots=True, eq=False)
class MapLiteral(Node):
    """``{k: v}``."""

    entries: list[Entry]

    def children(self) -> Iterator[Node]:
        for entry in self.entries:
            assert isinstance(entry.key, Node)
            yield entry.key
            yield entry.value


@dataclass(slots=True, eq=False)
class Struct(Node):
    """``Name{field: value}``."""

    name: str
    entries: list[Entry]

    def children(self) -> Iterator[Node]:
        for entry in self.entries:
            yield entry.value


@dataclass(slots=True, eq=False)
class Comprehension(Node):
    """What ``all``, ``map`` ... stand for. ``second`` is the second variable of the two-variable forms, else ""."""

    range: Node
    first: str
    second: str
    accumulator: str
    init: Node
    condition: Node
    step: Node
    result: Node

    def children(self) -> Iterator[Node]:
        yield from (self.range, self.init, self.condition, self.step, self.result)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, parents first."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(current.children())))


def qualified_name(node: Node) -> str | None:
    """``a.b.c`` if the node is an identifier with plain selections, else None."""
    parts: list[str] = []
    while isinstance(node, Select) and not node.test_only:
        parts.append(node.name)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    parts.append(node.name)
    return ".".join(reversed(parts))
