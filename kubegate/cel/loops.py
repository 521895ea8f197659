"""Plans comprehensions: the usual macros by loops of their own, others step by step as written.

The costs of the special loops are those of the general one, counted ahead: per element of ``all``, the condition costs 2
(a call and the accumulator), the step 1 (the accumulator).
"""

from __future__ import annotations

from typing import Any

from kubegate.cel import operators
from kubegate.cel.ast import Call, Comprehension, ListLiteral, Literal, Node
from kubegate.cel.errors import CostExceeded, EvaluationError
from kubegate.cel.steps import Frame, Planning, Step


def plan_loop(planner: Planning, node: Comprehension) -> Step:
    """The step that evaluates a comprehension."""
    ranged = planner.plan(node.range)
    init = planner.plan(node.init)
    accumulator = planner.allocate()
    first, second = planner.allocate(), planner.allocate() if node.second else 0
    planner.scopes.append({node.accumulator: accumulator})
    if isinstance(node.range, ListLiteral) and not node.range.elements:
        result = planner.plan(node.result)
        planner.scopes.pop()
        return _bind(init, accumulator, result)
    inner = {node.first: first}
    if node.second:
        inner[node.second] = second
    planner.scopes.append(inner)
    step = node.step
    places = (first, second)
    if isinstance(step, Call) and step.function in ("_&&_", "_||_") and _is_accumulator(step.args[0], node):
        predicate = planner.plan(step.args[1])
        planner.scopes.pop()
        planner.scopes.pop()
        return _quantifier(ranged, places, predicate, stop=step.function == "_||_")
    appended = _appended(node)
    if appended is not None:
        guard, element = appended
        guard_step = planner.plan(guard) if guard is not None else None
        element_step = planner.plan(element)
        planner.scopes.pop()
        planner.scopes.pop()
        return _gather(ranged, places, guard_step, element_step)
    condition_step, step_step = planner.plan(node.condition), planner.plan(step)
    planner.scopes.pop()
    result = planner.plan(node.result)
    planner.scopes.pop()
    return _general(ranged, places, accumulator, (init, condition_step, step_step, result))


def _is_accumulator(node: Node, loop: Comprehension) -> bool:
    return getattr(node, "name", None) == loop.accumulator


def _appended(node: Comprehension) -> tuple[Node | None, Node] | None:
    """(guard, element) if the loop gathers a list."""
    step, guard = node.step, None
    if isinstance(step, Call) and step.function == "_?_:_":
        guard, step = step.args[0], step.args[1]
    if (
        isinstance(step, Call)
        and step.function == "_+_"
        and isinstance(node.init, ListLiteral)
        and isinstance(step.args[1], ListLiteral)
        and _is_accumulator(step.args[0], node)
        and isinstance(node.condition, Literal)
    ):
        return guard, step.args[1].elements[0]
    return None


def _bind(init: Step, place: int, result: Step) -> Step:
    def bind(frame: Frame) -> Any:
        frame[place] = init(frame)
        return result(frame)

    return bind


def _items(value: Any, second: int) -> Any:
    return operators.pairs(value) if second else operators.keys(value)


def _quantifier(ranged: Step, places: tuple[int, int], predicate: Step, *, stop: bool) -> Step:
    """``all`` (stops at false) and ``exists`` (stops at true); an error counts only if nothing stops the loop."""
    first, second = places
    # exists() negates the accumulator in its condition: one call more for each element.
    cost = 4 if stop else 3

    def quantify(frame: Frame) -> bool:
        failure: EvaluationError | None = None
        for item in _items(ranged(frame), second):
            if second:
                frame[first], frame[second] = item
            else:
                frame[first] = item
            frame[0] += cost
            if frame[0] > frame[1]:
                raise CostExceeded
            try:
                value = predicate(frame)
                if type(value) is not bool:
                    raise operators.no_overload()
            except CostExceeded:
                raise
            except EvaluationError as error:
                failure = failure or error
                continue
            if value is stop:
                # The next element's condition is what ends the loop.
                frame[0] += cost
                return stop
        frame[0] += 1
        if failure is not None:
            raise failure
        return not stop

    return quantify


def _gather(ranged: Step, places: tuple[int, int], guard: Step | None, element: Step) -> Step:
    first, second = places

    def gather(frame: Frame) -> list[Any]:
        found: list[Any] = []
        for item in _items(ranged(frame), second):
            if second:
                frame[first], frame[second] = item
            else:
                frame[first] = item
            if frame[0] > frame[1]:
                raise CostExceeded
            if guard is not None:
                chosen = guard(frame)
                if type(chosen) is not bool:
                    raise operators.no_overload()
                if not chosen:
                    frame[0] += 1
                    continue
            frame[0] += 12
            found.append(element(frame))
        frame[0] += 1
        return found

    return gather


def _general(ranged: Step, places: tuple[int, int], accumulator: int, steps: tuple[Step, Step, Step, Step]) -> Step:
    first, second = places
    init, condition, step, result = steps

    def loop(frame: Frame) -> Any:
        items = _items(ranged(frame), second)
        frame[accumulator] = init(frame)
        for item in items:
            if second:
                frame[first], frame[second] = item
            else:
                frame[first] = item
            if frame[0] > frame[1]:
                raise CostExceeded
            if condition(frame) is False:
                break
            frame[accumulator] = step(frame)
        return result(frame)

    return loop
