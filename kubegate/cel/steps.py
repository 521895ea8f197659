"""What plans are made of: steps (functions of a frame) and constants.

A frame is a list: ``frame[0]`` the cost so far, ``frame[1]`` the cost limit, then the variables and the locals of loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from kubegate.cel.ast import Call, Ident, Node, Select

Frame = list[Any]
Step = Callable[[Frame], Any]

FIRST_SLOT = 2

UNSET: Any = object()
"""A variable that was not bound."""


class Constant:
    """A step that always gives the same value, at no cost."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, frame: Frame) -> Any:
        return self.value


class Planning(Protocol):
    """What plans the parts of a node (`plan.Planner`). ``scopes``: where the names of the loops around it stand."""

    scopes: list[dict[str, int]]

    def plan(self, node: Node) -> Step:
        """The step that evaluates a node."""
        ...

    def allocate(self) -> int:
        """A new place in the frame."""
        ...


def is_attribute(node: Node) -> bool:
    """True for variables and selections and indexings: selecting from them prolongs one attribute (costs less)."""
    if isinstance(node, Ident):
        return node.constant is None
    if isinstance(node, Select):
        return True
    return isinstance(node, Call) and node.function in ("_[_]", "_[?_]", "_?._")
