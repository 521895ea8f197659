"""Macros: ``has``, ``all``, ``exists``, ``map`` ... become presence tests and comprehensions.

Source: cel-go ``parser/macro.go``, ``ext/comprehensions.go``, ``ext/lists.go``, ``ext/bindings.go``, ``cel/library.go``
(optionals).
"""

from __future__ import annotations

from collections.abc import Callable

from kubegate.cel.ast import Call, Comprehension, Ident, ListLiteral, Literal, MapLiteral, Node, Select

ACCUMULATOR = "@result"
SORT_INPUT = "@__sortBy_input__"
UNUSED = "#unused"


class MacroError(Exception):
    """The arguments do not fit the macro."""

    def __init__(self, pos: int, message: str) -> None:
        super().__init__(message)
        self.pos = pos
        self.message = message


def _accumulator(pos: int) -> Ident:
    return Ident(pos, ACCUMULATOR)


def _variable(node: Node, complaint: str) -> str:
    if not isinstance(node, Ident):
        raise MacroError(node.pos, complaint)
    if node.name in (ACCUMULATOR, "__result__"):
        raise MacroError(node.pos, "iteration variable overwrites accumulator variable")
    return node.name


def _variables(
    args: list[Node], two: bool, complaint: str = "argument must be a simple name"
) -> tuple[str, str, list[Node]]:
    first = _variable(args[0], complaint)
    if not two:
        return first, "", args[1:]
    second = _variable(args[1], complaint)
    if first == second:
        raise MacroError(args[1].pos, f"duplicate variable name: {first}")
    return first, second, args[2:]


def _all(pos: int, target: Node, args: list[Node], two: bool) -> Node:
    first, second, (predicate,) = _variables(args, two)
    condition = Call(pos, "@not_strictly_false", [_accumulator(pos)])
    step = Call(pos, "_&&_", [_accumulator(pos), predicate])
    return Comprehension(pos, target, first, second, ACCUMULATOR, Literal(pos, True), condition, step, _accumulator(pos))


def _exists(pos: int, target: Node, args: list[Node], two: bool) -> Node:
    first, second, (predicate,) = _variables(args, two)
    condition = Call(pos, "@not_strictly_false", [Call(pos, "!_", [_accumulator(pos)])])
    step = Call(pos, "_||_", [_accumulator(pos), predicate])
    return Comprehension(pos, target, first, second, ACCUMULATOR, Literal(pos, False), condition, step, _accumulator(pos))


def _exists_one(pos: int, target: Node, args: list[Node], two: bool) -> Node:
    first, second, (predicate,) = _variables(args, two)
    counted = Call(pos, "_+_", [_accumulator(pos), Literal(pos, 1)])
    step = Call(pos, "_?_:_", [predicate, counted, _accumulator(pos)])
    result = Call(pos, "_==_", [_accumulator(pos), Literal(pos, 1)])
    return Comprehension(pos, target, first, second, ACCUMULATOR, Literal(pos, 0), Literal(pos, True), step, result)


def _gather(pos: int, target: Node, names: tuple[str, str], guard: Node | None, init: Node, step: Node) -> Node:
    if guard is not None:
        step = Call(pos, "_?_:_", [guard, step, _accumulator(pos)])
    return Comprehension(pos, target, *names, ACCUMULATOR, init, Literal(pos, True), step, _accumulator(pos))


def _append(pos: int, element: Node) -> Node:
    return Call(pos, "_+_", [_accumulator(pos), ListLiteral(pos, [element])])


def _map(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    first, second, rest = _variables(args, False, "argument is not an identifier")
    guard = rest[0] if len(rest) == 2 else None
    return _gather(pos, target, (first, second), guard, ListLiteral(pos, []), _append(pos, rest[-1]))


def _filter(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    first, second, (predicate,) = _variables(args, False, "argument is not an identifier")
    return _gather(pos, target, (first, second), predicate, ListLiteral(pos, []), _append(pos, args[0]))


def _transform_list(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    first, second, rest = _variables(args, True)
    guard = rest[0] if len(rest) == 2 else None
    return _gather(pos, target, (first, second), guard, ListLiteral(pos, []), _append(pos, rest[-1]))


def _transform_map(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    first, second, rest = _variables(args, True)
    guard = rest[0] if len(rest) == 2 else None
    step = Call(pos, "cel.@mapInsert", [_accumulator(pos), Ident(pos, first), rest[-1]])
    return _gather(pos, target, (first, second), guard, MapLiteral(pos, []), step)


def _transform_entry(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    first, second, rest = _variables(args, True)
    guard = rest[0] if len(rest) == 2 else None
    step = Call(pos, "cel.@mapInsert", [_accumulator(pos), rest[-1]])
    return _gather(pos, target, (first, second), guard, MapLiteral(pos, []), step)


def _bind(pos: int, name: str, value: Node, result: Node) -> Node:
    return Comprehension(pos, ListLiteral(pos, []), UNUSED, "", name, value, Literal(pos, False), Ident(pos, name), result)


def _sort_by(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        allowed = "a list, identifier, comprehension, call or select expression"
        raise MacroError(target.pos, f"sortBy can only be applied to {allowed}")
    keys = _map(pos, Ident(pos, SORT_INPUT), args, False)
    ordered = Call(pos, "@sortByAssociatedKeys", [keys], Ident(pos, SORT_INPUT))
    return _bind(pos, SORT_INPUT, target, ordered)


def _opt_map(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    value = Call(pos, "optional.of", [_opt_body(pos, target, args, "optMap()")])
    return Call(pos, "_?_:_", [Call(pos, "hasValue", [], target), value, Call(pos, "optional.none", [])])


def _opt_flat_map(pos: int, target: Node, args: list[Node], _two: bool) -> Node:
    body = _opt_body(pos, target, args, "optFlatMap()")
    return Call(pos, "_?_:_", [Call(pos, "hasValue", [], target), body, Call(pos, "optional.none", [])])


def _opt_body(pos: int, target: Node, args: list[Node], macro: str) -> Node:
    if not isinstance(args[0], Ident):
        raise MacroError(args[0].pos, f"{macro} variable name must be a simple identifier")
    return _bind(pos, args[0].name, Call(pos, "value", [], target), args[1])


_Expander = Callable[[int, Node, list[Node], bool], Node]

_RECEIVER: dict[tuple[str, int], tuple[_Expander, bool]] = {
    ("all", 2): (_all, False),
    ("all", 3): (_all, True),
    ("exists", 2): (_exists, False),
    ("exists", 3): (_exists, True),
    ("exists_one", 2): (_exists_one, False),
    ("existsOne", 2): (_exists_one, False),
    ("exists_one", 3): (_exists_one, True),
    ("existsOne", 3): (_exists_one, True),
    ("map", 2): (_map, False),
    ("map", 3): (_map, False),
    ("filter", 2): (_filter, False),
    ("transformList", 3): (_transform_list, True),
    ("transformList", 4): (_transform_list, True),
    ("transformMap", 3): (_transform_map, True),
    ("transformMap", 4): (_transform_map, True),
    ("transformMapEntry", 3): (_transform_entry, True),
    ("transformMapEntry", 4): (_transform_entry, True),
    ("sortBy", 2): (_sort_by, False),
    ("optMap", 2): (_opt_map, False),
    ("optFlatMap", 2): (_opt_flat_map, False),
}


def expand(pos: int, function: str, target: Node | None, args: list[Node], *, bindings: bool = False) -> Node | None:
    """The expansion if the call is a macro's, else None; raises `MacroError`. ``bindings``: ``cel.bind`` is one."""
    if bindings and (function, len(args)) == ("bind", 3) and isinstance(target, Ident) and target.name == "cel":
        if not isinstance(args[0], Ident):
            raise MacroError(args[0].pos, "cel.bind() variable names must be simple identifiers")
        return _bind(pos, args[0].name, args[1], args[2])
    if target is None:
        if function != "has" or len(args) != 1:
            return None
        argument = args[0]
        if not isinstance(argument, Select) or argument.test_only:
            raise MacroError(argument.pos, "invalid argument to has() macro")
        return Select(pos, argument.operand, argument.name, test_only=True)
    found = _RECEIVER.get((function, len(args)))
    if found is None:
        return None
    expander, two = found
    return expander(pos, target, args, two)
