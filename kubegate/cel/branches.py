"""The ways through an expression: operands of ``&&`` and ``||`` being true or false, arms of ``?:``, bodies of macros.

Chains are flat: ``a && b && c`` has three operands. Constants are no branches, since they go one way only.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kubegate.cel.ast import Call, Comprehension, ListLiteral, Literal, Node, walk

_LOGICAL = {"_&&_": "&&", "_||_": "||"}


class Outcome(StrEnum):
    """What may become of a branch."""

    TRUE = "true"
    FALSE = "false"
    EVALUATED = "evaluated"


WHOLE = -1
"""The number of the whole expression; its branches count from 0, as `branches` lists them."""

TRUTH = (Outcome.TRUE, Outcome.FALSE)
ONCE = (Outcome.EVALUATED,)


class Branch(NamedTuple):
    """A part of an expression, what it is there (``operand of &&``), and what may become of it."""

    node: Node
    role: str
    outcomes: tuple[Outcome, ...]


def branches(tree: Node, text: str) -> list[Branch]:
    """The branches of the tree of a text: the same ones in the same order for every tree of this text."""
    found: dict[Node, Branch] = {}
    for node in walk(tree):
        for branch in _of(node, text):
            found.setdefault(branch.node, branch)
    return list(found.values())


def _of(node: Node, text: str) -> Iterator[Branch]:
    if isinstance(node, Comprehension):
        for body in _bodies(node):
            yield Branch(body, "body of a macro", ONCE)
    if not isinstance(node, Call):
        return
    # Macros expand to the same calls, but those do not stand at an operator.
    operator = _LOGICAL.get(node.function, "")
    if operator and text.startswith(operator, node.pos):
        for operand in node.args:
            if not isinstance(operand, Literal) and not (isinstance(operand, Call) and operand.function == node.function):
                yield Branch(operand, f"operand of {operator}", TRUTH)
    elif node.function == "_?_:_" and text.startswith("?", node.pos):
        yield Branch(node.args[1], "arm of ?:, condition true", ONCE)
        yield Branch(node.args[2], "arm of ?:, condition false", ONCE)
    elif node.function == "_?_:_" and isinstance(node.args[0], Call) and node.args[0].function == "hasValue":
        given = node.args[1].args[0] if isinstance(node.args[1], Call) else node.args[1]
        if isinstance(given, Comprehension):  # optMap, optFlatMap
            yield Branch(given.result, "body of a macro", ONCE)


def _bodies(loop: Comprehension) -> Iterator[Node]:
    """What is done for each element: the predicate, the guard, the element that is made."""
    if isinstance(loop.range, ListLiteral) and not loop.range.elements:
        return  # names a value, no loop
    step = loop.step
    if not isinstance(step, Call):
        return
    if step.function == "_?_:_":
        yield step.args[0]
        step = step.args[1] if isinstance(step.args[1], Call) else step
    made = step.args[-1] if step.function in ("_&&_", "_||_", "_+_", "cel.@mapInsert") else None
    if isinstance(made, ListLiteral):
        made = made.elements[0]
    if made is not None and not _is_given(made, loop):
        yield made


def _is_given(node: Node, loop: Comprehension) -> bool:
    """Not written as a body: the element itself (of ``filter``), the one that is counted (of ``exists_one``)."""
    return isinstance(node, Literal) or getattr(node, "name", None) == loop.first
