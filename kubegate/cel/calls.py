"""Plans calls: operators inline, library functions with their arguments matched against the overloads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kubegate.cel import operators
from kubegate.cel.ast import Call, Node
from kubegate.cel.declarations import Cost, Function, Overload
from kubegate.cel.errors import CostExceeded, EvaluationError
from kubegate.cel.library import regexes
from kubegate.cel.operators import cost_size
from kubegate.cel.steps import Constant, Frame, Planning, Step, is_attribute
from kubegate.cel.types import Type, runtime_name
from kubegate.cel.values import Optional, UInt, equal, type_name

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "_+_": operators.add,
    "_-_": operators.subtract,
    "_*_": operators.multiply,
    "_/_": operators.divide,
    "_%_": operators.modulo,
}
_COMPARISONS: dict[str, frozenset[int]] = {
    "_<_": frozenset((-1,)),
    "_<=_": frozenset((-1, 0)),
    "_>_": frozenset((1,)),
    "_>=_": frozenset((0, 1)),
}
_CONVERSIONS = frozenset(("bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"))


def traversal(size: int) -> int:
    """The cost of going once over ``size`` characters or elements."""
    return math.ceil(size * 0.1)


class CallPlanner:
    """Plans calls for a `plan.Planner`."""

    def __init__(self, functions: dict[str, Function], planner: Planning) -> None:
        self.functions = functions
        self.planner = planner

    def plan(self, node: Call) -> Step:
        """The step that evaluates a call."""
        name = node.function
        if name == "_&&_" or name == "_||_":
            return self.logical(node, stop=name == "_||_")
        if name == "_?_:_":
            return self.conditional(node)
        args = [self.planner.plan(argument) for argument in self.operands(node)]
        if name in ("or", "orValue"):
            return _alternative(args[0], args[1], unwrap=name == "orValue")
        if name in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[name], args[0], args[1], priced=len(node.overloads) == 1)
        if name in ("_==_", "_!=_"):
            return _equality(args[0], args[1], wanted=name == "_==_")
        if name in _COMPARISONS:
            return _comparison(name, args[0], args[1], priced=len(node.overloads) == 1)
        if name in ("_[_]", "_[?_]", "_?._"):
            return self.index(node, args)
        return self.other(node, args)

    def operands(self, node: Call) -> list[Node]:
        return node.args if node.target is None else [node.target, *node.args]

    def logical(self, node: Call, *, stop: bool) -> Step:
        """``&&`` (decided by false) or ``||`` (decided by true): either operand may decide, whatever the other does."""
        left, right = self.planner.plan(node.args[0]), self.planner.plan(node.args[1])

        def logical(frame: Frame) -> Any:
            failure: EvaluationError | None = None
            try:
                value = left(frame)
                if value is stop:
                    return stop
                if type(value) is not bool:
                    failure = operators.no_overload()
            except CostExceeded:
                raise
            except EvaluationError as error:
                failure = error
            value = right(frame) if failure is None else _quiet(right, frame)
            if value is stop:
                return stop
            if failure is not None:
                raise failure
            if type(value) is not bool:
                raise operators.no_overload()
            return value

        return logical

    def conditional(self, node: Call) -> Step:
        condition, then, otherwise = (self.planner.plan(argument) for argument in node.args)

        def conditional(frame: Frame) -> Any:
            value = condition(frame)
            if value is True:
                return then(frame)
            if value is False:
                return otherwise(frame)
            raise operators.no_overload()

        return conditional

    def index(self, node: Call, args: list[Step]) -> Step:
        operand, key = args
        cost = 1 if is_attribute(node.args[0]) else 2
        lookup = operators.index if node.function == "_[_]" else operators.optional_index

        def index(frame: Frame) -> Any:
            value, position = operand(frame), key(frame)
            frame[0] += cost
            return lookup(value, position)

        return index

    def other(self, node: Call, args: list[Step]) -> Step:
        function = self.functions[node.function]
        chosen = [overload for overload in function.overloads if overload.id in node.overloads]
        invoke = _invoker(function, chosen)
        if all(isinstance(step, Constant) for step in args) and self.foldable(node, function, args):
            return Constant(invoke(tuple(step.value for step in args if isinstance(step, Constant))))
        pattern = args[1] if node.function in ("matches", "find", "findAll") and len(args) > 1 else None
        if isinstance(pattern, Constant) and type(pattern.value) is str:
            regexes.compile_pattern(pattern.value)
        cost = (chosen[0].cost if len(chosen) == 1 else None) or function.cost or _unit
        if node.overloads == ("in_list",) and isinstance(args[1], Constant) and _is_hashable(args[1].value):
            cost = _free
        if len(args) == 1:
            (only,) = args

            def unary(frame: Frame) -> Any:
                values = (only(frame),)
                result = invoke(values)
                frame[0] += cost(values, result)
                return result

            return unary

        def call(frame: Frame) -> Any:
            values = tuple([step(frame) for step in args])
            result = invoke(values)
            frame[0] += cost(values, result)
            return result

        return call

    def foldable(self, node: Call, function: Function, args: list[Step]) -> bool:
        """Conversions of constants are evaluated when the program is made; a failure then is the program's failure."""
        return function.name in _CONVERSIONS and len(args) == 1 and node.target is None


def _alternative(left: Step, right: Step, *, unwrap: bool) -> Step:
    """``a.or(b)``, ``a.orValue(b)``: the second is evaluated only if the first is absent."""

    def alternative(frame: Frame) -> Any:
        value = left(frame)
        if type(value) is not Optional:
            raise operators.no_overload()
        if not value.present:
            return right(frame)
        return value.value if unwrap else value

    return alternative


def _quiet(step: Step, frame: Frame) -> Any:
    """The value of the other operand of ``&&`` or ``||``, None if it fails too (the first failure counts)."""
    try:
        return step(frame)
    except CostExceeded:
        raise
    except EvaluationError:
        return None


def _unit(_args: tuple[Any, ...], _result: Any) -> int:
    return 1


def _free(_args: tuple[Any, ...], _result: Any) -> int:
    return 0


def _is_hashable(items: Any) -> bool:
    """Whether the server looks members of a constant list up in a hash table, which costs nothing."""
    return all(type(item) in (bool, float, int, str, UInt) for item in items)


def _arithmetic(operation: Callable[[Any, Any], Any], left: Step, right: Step, *, priced: bool) -> Step:
    """``priced``: texts cost their length, since the types of the operands are known."""

    def arithmetic(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        kind = type(a)
        frame[0] += traversal(len(a) + len(b)) if priced and kind in (str, bytes) and kind is type(b) else 1
        return operation(a, b)

    return arithmetic


def _equality(left: Step, right: Step, *, wanted: bool) -> Step:
    def equality(frame: Frame) -> bool:
        a, b = left(frame), right(frame)
        kind = type(a)
        if kind is str and type(b) is str:
            frame[0] += traversal(min(len(a), len(b)))
            return (a == b) is wanted
        frame[0] += 1 if wanted and hasattr(kind, "cel_size") else traversal(min(cost_size(a), cost_size(b)))
        return equal(a, b) is wanted

    return equality


def _comparison(name: str, left: Step, right: Step, *, priced: bool) -> Step:
    accepted = _COMPARISONS[name]

    def comparison(frame: Frame) -> bool:
        a, b = left(frame), right(frame)
        kind = type(a)
        frame[0] += traversal(min(len(a), len(b))) if priced and kind in (str, bytes) and kind is type(b) else 1
        return operators.compare(a, b, name) in accepted

    return comparison


def _guard(kind: Type) -> str | None:
    """The runtime type that an argument must have, None if any will do."""
    return None if kind.kind in ("dyn", "any", "param") else runtime_name(kind)


def _invoker(function: Function, chosen: list[Overload]) -> Callable[[tuple[Any, ...]], Any]:
    name = function.name
    if not function.guarded:
        implementation = next(o.implementation for o in chosen if o.implementation is not None)
        return lambda values: implementation(*values)
    candidates = [([_guard(kind) for kind in overload.args], overload.implementation) for overload in chosen]

    def invoke(values: tuple[Any, ...]) -> Any:
        names = [type_name(value) for value in values]
        for guards, implementation in candidates:
            if all(guard is None or guard == found for guard, found in zip(guards, names, strict=True)):
                assert implementation is not None
                return implementation(*values)
        raise EvaluationError(f"no such overload: {name}({', '.join(names)})")

    return invoke


__all__ = ["CallPlanner", "Cost", "traversal"]
