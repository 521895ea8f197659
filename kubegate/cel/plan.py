"""Turns a checked tree into nested Python functions of a frame.

A frame is a list: ``frame[0]`` the cost so far, ``frame[1]`` the cost limit, then the variables (`Planner.slots`) and the
locals of comprehensions. Every step adds its cost; the limit is tested in loops, at the end, and before an error is
believed: that gives the outcome of a test at every step, since the cost only grows.

Source: cel-go ``interpreter/{planner,interpretable,runtimecost}.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.cel import operators
from kubegate.cel.ast import Call, Comprehension, Entry, Ident, ListLiteral, Literal, MapLiteral, Node, Select, Struct
from kubegate.cel.calls import CallPlanner
from kubegate.cel.declarations import Function
from kubegate.cel.errors import EvaluationError
from kubegate.cel.loops import plan_loop
from kubegate.cel.steps import FIRST_SLOT, UNSET, Constant, Frame, Step, is_attribute
from kubegate.cel.values import Lazy, Optional, StructValue, to_key

LIST_COST, MAP_COST, STRUCT_COST = 10, 30, 40


class Planner:
    """Plans one expression. ``slots``: where in a frame each variable stands."""

    def __init__(self, functions: dict[str, Function], variables: list[str]) -> None:
        self.slots = {name: FIRST_SLOT + index for index, name in enumerate(variables)}
        self.scopes: list[dict[str, int]] = []
        self.size = FIRST_SLOT + len(variables)
        self.calls = CallPlanner(functions, self)

    def allocate(self) -> int:
        """A new place in the frame."""
        self.size += 1
        return self.size - 1

    def plan(self, node: Node) -> Step:
        """The step that evaluates a node."""
        if isinstance(node, Literal):
            return Constant(node.value)
        if isinstance(node, Ident):
            return self.ident(node)
        if isinstance(node, Select):
            return self.select(node)
        if isinstance(node, Call):
            return self.calls.plan(node)
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        if isinstance(node, MapLiteral):
            return self.map_literal(node)
        if isinstance(node, Struct):
            return self.struct(node)
        assert isinstance(node, Comprehension)
        return plan_loop(self, node)

    def place(self, name: str) -> int:
        """Where a variable stands, the innermost first."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.slots[name]

    def ident(self, node: Ident) -> Step:
        if node.constant is not None:
            return Constant(node.constant)
        place, name = self.place(node.name), node.name

        def variable(frame: Frame) -> Any:
            frame[0] += 1
            value = frame[place]
            if value is UNSET:
                raise EvaluationError(f"no such attribute(s): {name}")
            return value

        return variable

    def select(self, node: Select) -> Step:
        if not node.name:
            return self.plan(node.operand)
        operand, name = self.plan(node.operand), node.name
        # A selection prolongs the attribute that it selects from; from anything else it starts a new one.
        cost = 1 if is_attribute(node.operand) else 2
        if node.test_only:
            return _presence(operand, name, cost)

        def select(frame: Frame) -> Any:
            value = operand(frame)
            frame[0] += cost
            if type(value) is dict:
                try:
                    return value[name]
                except KeyError:
                    raise EvaluationError(f"no such key: {name}") from None
            if isinstance(value, Lazy):
                return value.select(name)
            return operators.index(value, name)

        return select

    def list_literal(self, node: ListLiteral) -> Step:
        steps = [self.plan(element) for element in node.elements]
        if not node.optional:
            if all(isinstance(step, Constant) for step in steps):
                return Constant([step.value for step in steps if isinstance(step, Constant)])

            def build(frame: Frame) -> list[Any]:
                frame[0] += LIST_COST
                return [step(frame) for step in steps]

            return build
        optional = node.optional

        def build_optional(frame: Frame) -> list[Any]:
            frame[0] += LIST_COST
            found: list[Any] = []
            for position, step in enumerate(steps):
                value = step(frame)
                if position in optional:
                    value = as_optional(value, "list")
                    if not value.present:
                        continue
                    value = value.value
                found.append(value)
            return found

        return build_optional

    def map_literal(self, node: MapLiteral) -> Step:
        entries = [(self.plan(_key(entry)), self.plan(entry.value), entry.optional) for entry in node.entries]

        def build(frame: Frame) -> dict[Any, Any]:
            frame[0] += MAP_COST
            found: dict[Any, Any] = {}
            for key_step, value_step, optional in entries:
                key = to_key(key_step(frame))
                value = value_step(frame)
                if optional:
                    value = as_optional(value, "map")
                    if not value.present:
                        found.pop(key, None)
                        continue
                    value = value.value
                # A key that is repeated is no error: the last one counts.
                found[key] = value
            return found

        constant = all(isinstance(k, Constant) and isinstance(v, Constant) and not o for k, v, o in entries)
        return Constant(build([0, 0])) if constant else build

    def struct(self, node: Struct) -> Step:
        name = node.name
        entries = [(str(entry.key), self.plan(entry.value), entry.optional) for entry in node.entries]

        def build(frame: Frame) -> StructValue:
            frame[0] += STRUCT_COST
            fields: dict[str, Any] = {}
            for key, step, optional in entries:
                value = step(frame)
                if optional:
                    value = as_optional(value, "struct")
                    if not value.present:
                        continue
                    value = value.value
                fields[key] = value
            return StructValue(name, fields)

        return build


def _key(entry: Entry) -> Node:
    assert isinstance(entry.key, Node)
    return entry.key


def as_optional(value: Any, where: str) -> Optional:
    """The value of a ``?`` element; raises `EvaluationError` if it is not optional."""
    if type(value) is Optional:
        return value
    raise EvaluationError(f"cannot initialize optional {where} element from non-optional value {value}")


def _presence(operand: Step, name: str, cost: int) -> Step:
    # Testing presence is free in Kubernetes; what stands before the last field costs as ever.
    def present(frame: Frame) -> bool:
        value = operand(frame)
        frame[0] += cost - 1
        kind = type(value)
        if kind is dict:
            return name in value
        if kind is Optional:
            if not value.present:
                return False
            value = value.value
        if isinstance(value, Lazy):
            return value.has(name)
        return operators.find(value, name) is not operators.ABSENT

    return present
