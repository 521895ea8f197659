"""What an expression may cost at most, reckoned from its text and from bounds of its inputs.

    estimate(tree, sizes)   # of a tree that `Environment.check` answered

Sizes are ranges (least, greatest) of characters, bytes, elements or entries. Only the greatest cost is reckoned: that is
what limits are compared with. Source: cel-go ``checker/cost.go``; what single functions cost: `call_estimates`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubegate.cel.ast import Call, Comprehension, Ident, ListLiteral, Literal, MapLiteral, Node, Select, Struct
from kubegate.cel.call_estimates import Estimated, function_estimate, list_estimate
from kubegate.cel.macros import ACCUMULATOR
from kubegate.cel.sizes import UNKNOWN, Size, add, multiply, union

Path = tuple[str, ...]
Sizes = Callable[[Path], int | None]
"""The greatest size of what stands at a path: a variable, then field names, ``@items``, ``@keys``, ``@values``; None if
it is not known."""

_LIST, _MAP, _STRUCT = 10, 30, 40
_SCALARS = frozenset(("bool", "double", "duration", "int", "timestamp", "type", "uint"))


@dataclass(frozen=True, slots=True)
class _Entries:
    """The sizes of what a list or map holds."""

    kind: str
    key: Size
    value: Size


@dataclass(slots=True)
class _Local:
    path: Path
    size: Size | None
    entries: _Entries | None = None


def estimate(tree: Node, sizes: Sizes) -> int:
    """The greatest cost of evaluating a checked tree once."""
    return _Estimator(sizes).cost(tree)


class _Estimator:
    def __init__(self, sizes: Sizes) -> None:
        self.bounds = sizes
        self.locals: list[dict[str, _Local]] = []
        self.paths: dict[Node, Path] = {}
        self.sizes: dict[Node, Size] = {}
        self.entries: dict[Node, _Entries] = {}

    def cost(self, node: Node) -> int:
        if isinstance(node, Literal):
            return 0
        if isinstance(node, Ident):
            return self.ident(node)
        if isinstance(node, Select):
            return self.select(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        if isinstance(node, MapLiteral):
            return self.map_literal(node)
        if isinstance(node, Struct):
            return add(_STRUCT, *(self.cost(entry.value) for entry in node.entries))
        assert isinstance(node, Comprehension)
        return self.bind(node) if _is_bind(node) else self.comprehension(node)

    def ident(self, node: Ident) -> int:
        found = self.local(node.name)
        self.paths[node] = found.path if found else (node.name,)
        return 1

    def select(self, node: Select) -> int:
        total = self.cost(node.operand)
        if not node.name:
            self.paths[node] = self.path(node.operand)
            return total
        if node.test_only:
            return total
        if node.operand.type.kind in ("map", "object", "param"):
            total = add(total, 1)
        self.paths[node] = (*self.path(node.operand), node.name)
        return total

    def call(self, node: Call) -> int:
        if node.function == "dyn" and node.args:
            cost = self.cost(node.args[0])
            self.copy(node, node.args[0])
            return add(cost, 1)
        costs = [self.cost(argument) for argument in node.args]
        if node.function in ("_&&_", "_||_"):
            return add(*costs)
        if node.overloads == ("conditional",):
            return self.conditional(node, costs)
        target = 0 if node.target is None else self.cost(node.target)
        found = [self.overload(node, overload) for overload in node.overloads or ("",)]
        known = [one.size for one in found if one.size is not None]
        size = None
        for one in known:
            size = one if size is None else union(size, one)
        for overload in node.overloads:
            if overload in ("index_list", "index_map"):
                size = self.indexed(node, overload)
        if size is not None:
            self.sizes[node] = size
        return add(target, max(one.cost for one in found), *costs)

    def overload(self, node: Call, overload: str) -> Estimated:
        arguments = [self.size(argument) for argument in node.args]
        target = None if node.target is None else self.size(node.target)
        if overload in ("add_string", "add_bytes", "add_list"):
            held = self.both(node.args[0], node.args[1])
            if held is not None:
                self.entries[node] = held
        subject = node.target or (node.args[0] if node.args else None)
        made = self.new_list(node)
        if made is not None:
            return made
        element = None if subject is None or subject.type.kind != "list" else self.element(subject)
        return function_estimate(node.function, overload, target, arguments, element)

    def new_list(self, node: Call) -> Estimated | None:
        """The estimate of ``slice``, ``sort`` ..."""
        literals = [arg.value if isinstance(arg, Literal) and type(arg.value) is int else None for arg in node.args]
        compared = node.args[0] if node.function == "@sortByAssociatedKeys" else node.target
        size = UNKNOWN if compared is None else self.size(compared)
        kind = "" if compared is None or not compared.type.params else compared.type.params[0].kind
        return list_estimate(node.function, size, literals, kind)

    def element(self, node: Node) -> tuple[str, Size]:
        """The type and the size of a list's elements."""
        held = self.held(node)
        path = self.path(node)
        bound = self.bounds((*path, "@items")) if path else None
        size = (0, bound) if bound is not None else held.value if held else UNKNOWN
        return node.type.params[0].kind, size

    def indexed(self, node: Call, overload: str) -> Size | None:
        held, place = self.held(node.args[0]), "@items" if overload == "index_list" else "@values"
        self.paths[node] = (*self.path(node.args[0]), place)
        return held.value if held else self.known_size(node)

    def conditional(self, node: Call, costs: list[int]) -> int:
        _, yes, no = node.args
        self.sizes[node] = union(self.size(yes), self.size(no))
        held = self.both(yes, no)
        if held is not None:
            self.entries[node] = held
        return add(costs[0], max(costs[1:]))

    def both(self, first: Node, second: Node) -> _Entries | None:
        a, b = self.held(first), self.held(second)
        if a is None or b is None:
            return None
        return _Entries(a.kind, union(a.key, b.key), union(a.value, b.value))

    def list_literal(self, node: ListLiteral) -> int:
        total = add(_LIST, *(self.cost(element) for element in node.elements))
        value = _joined([self.size(element) for element in node.elements])
        self.entries[node] = _Entries("list", (1, 1), value)
        return total

    def map_literal(self, node: MapLiteral) -> int:
        total = add(_MAP, *(self.cost(child) for child in node.children()))
        keys = [self.size(entry.key) for entry in node.entries if isinstance(entry.key, Node)]
        self.entries[node] = _Entries("map", _joined(keys), _joined([self.size(entry.value) for entry in node.entries]))
        return total

    def comprehension(self, node: Comprehension) -> int:
        total = add(self.cost(node.range), self.cost(node.init))
        accumulator = {node.accumulator: self.bound_to(node.init)}
        self.locals.append(accumulator)
        self.locals.append(self.iterated(node))
        loop = add(self.cost(node.condition), self.cost(node.step))
        step_holds = self.held(node.step)
        self.locals.pop()
        total = add(total, self.cost(node.result))
        self.locals.pop()
        count = self.size(node.range)
        if isinstance(node.init, Literal):
            self.sizes[node] = self.size(node.init)
        elif isinstance(node.init, ListLiteral | MapLiteral):
            self.sizes[node] = count
            if step_holds is not None:
                self.entries[node] = step_holds
        return add(total, multiply(count[1], loop))

    def iterated(self, node: Comprehension) -> dict[str, _Local]:
        held, path = self.held(node.range), self.path(node.range)
        is_list = (held.kind if held else node.range.type.kind) == "list"
        key, value = (held.key, held.value) if held else (None, None)
        if node.second:
            first = _Local((*path, "@indices" if is_list else "@keys"), key)
            return {node.first: first, node.second: _Local((*path, "@items" if is_list else "@values"), value)}
        return {node.first: _Local((*path, "@items"), value) if is_list else _Local((*path, "@keys"), key)}

    def bind(self, node: Comprehension) -> int:
        total = add(self.cost(node.range), self.cost(node.init))
        self.locals.append({node.accumulator: self.bound_to(node.init)})
        total = add(total, self.cost(node.result))
        self.copy(node, node.result)
        self.locals.pop()
        return total

    def bound_to(self, node: Node) -> _Local:
        return _Local(self.path(node), self.known_size(node), self.held(node))

    def copy(self, node: Node, source: Node) -> None:
        size, held = self.known_size(source), self.held(source)
        if size is not None:
            self.sizes[node] = size
        if held is not None:
            self.entries[node] = held

    def local(self, name: str) -> _Local | None:
        return next((frame[name] for frame in reversed(self.locals) if name in frame), None)

    def path(self, node: Node) -> Path:
        found = self.local(node.name) if isinstance(node, Ident) else None
        return found.path if found else self.paths.get(node, ())

    def held(self, node: Node) -> _Entries | None:
        if node in self.entries:
            return self.entries[node]
        found = self.local(node.name) if isinstance(node, Ident) else None
        return found.entries if found else None

    def size(self, node: Node) -> Size:
        found = self.known_size(node)
        return UNKNOWN if found is None else found

    def known_size(self, node: Node) -> Size | None:
        if node in self.sizes:
            return self.sizes[node]
        found = _literal_size(node)
        if found is not None:
            return found
        path = self.path(node)
        bound = self.bounds(path) if path and path[0] != ACCUMULATOR else None
        if bound is not None:
            return (0, bound)
        if node.type.kind in _SCALARS:
            return (1, 1)
        local = self.local(node.name) if isinstance(node, Ident) else None
        return local.size if local else None


def _joined(sizes: list[Size]) -> Size:
    if not sizes:
        return (0, 0)
    return min(size[0] for size in sizes), max(size[1] for size in sizes)


def _literal_size(node: Node) -> Size | None:
    count = None
    if isinstance(node, Literal):
        count = len(node.value) if isinstance(node.value, str | bytes) else 1
    elif isinstance(node, ListLiteral):
        count = len(node.elements)
    elif isinstance(node, MapLiteral):
        count = len(node.entries)
    return None if count is None else (count, count)


def _is_bind(node: Comprehension) -> bool:
    empty = isinstance(node.range, ListLiteral) and not node.range.elements
    never = isinstance(node.condition, Literal) and node.condition.value is False
    return empty and never and node.accumulator != ACCUMULATOR
