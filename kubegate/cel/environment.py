"""The face of this package: declare variables, compile expressions, evaluate programs.

    environment = Environment({"object": DYN})
    program = environment.compile("object.spec.replicas > 3", expected=(BOOL,))
    program.evaluate({"object": {"spec": {"replicas": 5}}})   # True

Values go in and come out as plain Python values (see `values`).

Source: cel-go ``cel.Env``; apiserver ``pkg/cel/environment``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubegate.cel import types
from kubegate.cel.branches import TRUTH, WHOLE
from kubegate.cel.checker import check
from kubegate.cel.declarations import Library, merge
from kubegate.cel.errors import CelError, CostExceeded, EvaluationError, InstantiationError, ReturnTypeError
from kubegate.cel.library import (
    authorization,
    clock,
    conversions,
    formats,
    jsonpatch,
    lists,
    network,
    optionals,
    quantities,
    semvers,
    standard,
    strings,
    urls,
)
from kubegate.cel.literal_checks import check_literals
from kubegate.cel.parser import parse
from kubegate.cel.plan import Planner
from kubegate.cel.scope import Fields, Scope
from kubegate.cel.source import Issues
from kubegate.cel.steps import FIRST_SLOT, UNSET, Step
from kubegate.cel.trace import Trace, TracingPlanner, is_recording
from kubegate.cel.types import Type
from kubegate.cel.values import TypeValue

PER_CALL_LIMIT = 1_000_000
"""What one evaluation may cost. Source: apiserver ``pkg/apis/cel/config.go``."""

KUBERNETES = (
    standard.LIBRARY,
    conversions.LIBRARY,
    clock.LIBRARY,
    strings.LIBRARY,
    lists.LIBRARY,
    optionals.LIBRARY,
    urls.LIBRARY,
    quantities.LIBRARY,
    network.LIBRARY,
    formats.LIBRARY,
    semvers.LIBRARY,
    authorization.LIBRARY,
)
"""The libraries of every expression in Kubernetes 1.36."""

MUTATION = (*KUBERNETES, jsonpatch.LIBRARY)
"""The same for mutating policies."""


class Program:
    """A compiled expression. ``type`` is that of its value; may be evaluated by several threads at once. ``trace``: which
    branches were taken, if that is recorded."""

    __slots__ = ("_names", "_size", "_step", "text", "trace", "type")

    def __init__(
        self, text: str, kind: Type, step: Step, names: Sequence[str], size: int, trace: Trace | None = None
    ) -> None:
        self.text = text
        self.type = kind
        self.trace = trace
        self._step = step
        self._names = tuple(names)
        self._size = size

    def run(self, bindings: Mapping[str, Any], limit: int = PER_CALL_LIMIT) -> tuple[Any, int]:
        """The value and what it cost; raises `EvaluationError`. Variables that are not bound are errors where used."""
        frame: list[Any] = [0, limit]
        frame += [bindings.get(name, UNSET) for name in self._names]
        frame += [None] * (self._size - len(frame))
        try:
            value = self._step(frame)
        except CostExceeded:
            raise
        except EvaluationError as error:
            if frame[0] > limit:
                raise CostExceeded from error
            raise
        except RecursionError:
            raise EvaluationError("expression is nested too deeply to be evaluated") from None
        if frame[0] > limit:
            raise CostExceeded
        return value, frame[0]

    def evaluate(self, bindings: Mapping[str, Any], budget: int = PER_CALL_LIMIT) -> Any:
        """The value; raises `EvaluationError`."""
        return self.run(bindings, budget)[0]


class Environment:
    """Which names an expression may use.

    ``variables``: the type of each variable (names may be dotted). ``objects``: for each object type by name, the types of
    its fields; ``open_root`` and ``lenient``: see `Scope`; ``bindings``: there is ``cel.bind``. Immutable; `extend` makes
    another one.
    """

    def __init__(
        self,
        variables: Mapping[str, Type],
        objects: Mapping[str, Fields] | None = None,
        libraries: Iterable[Library] = KUBERNETES,
        *,
        open_root: str = "",
        lenient: Iterable[str] = (),
        bindings: bool = False,
    ) -> None:
        self.bindings = bindings
        self.libraries = tuple(libraries)
        named = [kind for library in self.libraries for kind in library.types]
        named += [types.object_type(name) for name in objects or {}]
        constants: dict[str, tuple[Type, Any]] = {
            name: (kind, TypeValue(value)) for name, (kind, value) in standard.TYPE_NAMES.items()
        }
        constants.update({kind.name: (types.type_of(kind), TypeValue(kind.name)) for kind in named})
        self.scope = Scope(
            dict(variables), constants, merge(self.libraries), dict(objects or {}), open_root, frozenset(lenient)
        )

    def extend(self, variables: Mapping[str, Type], objects: Mapping[str, Fields] | None = None) -> Environment:
        """The same with more variables and object types."""
        scope = self.scope
        return Environment(
            {**scope.variables, **variables},
            {**scope.objects, **(objects or {})},
            self.libraries,
            open_root=scope.open_root,
            lenient=scope.lenient,
            bindings=self.bindings,
        )

    def check(self, text: str) -> tuple[Type, Any]:
        """The type and the checked tree of an expression; raises `CelError`."""
        tree = parse(text, bindings=self.bindings)
        issues = Issues(text)
        kind = check(tree, self.scope, issues)
        if not issues:
            check_literals(tree, issues)
        if issues:
            raise CelError(str(issues))
        return kind, tree

    def compile(self, text: str, expected: Sequence[Type] = ()) -> Program:
        """Compile an expression. ``expected``: the types that its value may have (none: any).

        Raises `CelError` (does not compile), `ReturnTypeError` (compiles to another type), `InstantiationError` (constant
        folding fails).
        """
        kind, tree = self.check(text)
        if expected and kind not in expected and types.ANY not in expected:
            raise ReturnTypeError(f"{_must_be(expected)} but got {types.print_type(kind)}")
        scope = self.scope
        functions, names = dict(scope.functions), list(scope.variables)
        tracing = TracingPlanner(functions, names, tree, text) if is_recording() else None
        planner = tracing or Planner(functions, names)
        try:
            step = planner.plan(tree)
        except EvaluationError as error:
            raise InstantiationError(error.message) from None
        except RecursionError:
            raise InstantiationError("expression is nested too deeply") from None
        assert planner.size >= FIRST_SLOT
        if tracing is None:
            return Program(text, kind, step, names, planner.size)
        return Program(text, kind, tracing.watch(step, WHOLE, TRUTH), names, planner.size, tracing.trace)


def _must_be(expected: Sequence[Type]) -> str:
    if len(expected) == 1:
        return f"must evaluate to {types.print_type(expected[0])}"
    return f"must evaluate to one of [{' '.join(map(types.print_type, expected))}]"
