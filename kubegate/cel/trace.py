"""Recording which branches of an expression were taken, for measures of how well policies are tested.

Programs that are compiled under `recording` remember it; all others are made as ever, and cost nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from kubegate.cel.ast import Node
from kubegate.cel.branches import ONCE, TRUTH, Outcome, branches
from kubegate.cel.declarations import Function
from kubegate.cel.plan import Planner
from kubegate.cel.steps import Frame, Step

_RECORDING: ContextVar[bool] = ContextVar("recording", default=False)


class Trace:
    """``taken``: (number of the branch, what became of it)."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: set[tuple[int, Outcome]] = set()


@contextmanager
def recording(on: bool = True) -> Iterator[None]:
    """What is compiled while it lasts, in this thread, remembers the branches that it takes."""
    token = _RECORDING.set(on)
    try:
        yield
    finally:
        _RECORDING.reset(token)


def is_recording() -> bool:
    """Whether programs are to remember."""
    return _RECORDING.get()


class TracingPlanner(Planner):
    """Plans one expression so that its branches are recorded."""

    def __init__(self, functions: dict[str, Function], variables: list[str], tree: Node, text: str) -> None:
        super().__init__(functions, variables)
        self.trace = Trace()
        self._watched = {branch.node: (number, branch.outcomes) for number, branch in enumerate(branches(tree, text))}

    def plan(self, node: Node) -> Step:
        step = super().plan(node)
        number, outcomes = self._watched.get(node, (0, ()))
        return self.watch(step, number, outcomes) if outcomes else step

    def watch(self, step: Step, number: int, outcomes: tuple[Outcome, ...]) -> Step:
        """The step, recorded: its value if that is what counts, or that it gave one."""
        taken = self.trace.taken
        if outcomes == ONCE:

            def evaluated(frame: Frame) -> Any:
                taken.add((number, Outcome.EVALUATED))
                return step(frame)

            return evaluated

        def decided(frame: Frame) -> Any:
            value = step(frame)
            if type(value) is bool:
                taken.add((number, TRUTH[not value]))
            else:
                taken.add((number, Outcome.EVALUATED))
            return value

        return decided
