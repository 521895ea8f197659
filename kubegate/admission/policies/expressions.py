"""The expressions of one policy, compiled, and their evaluation under a budget.

Variables are evaluated when first used, once for each pass (match conditions, validations, messages, annotations).

Source: k8s.io/apiserver ``pkg/admission/plugin/cel/{compile,composition,condition,activation}.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubegate.admission.policies.fields import FieldPath
from kubegate.cel import environments
from kubegate.cel.environment import PER_CALL_LIMIT, Environment, Program
from kubegate.cel.errors import CelError, CostExceeded, EvaluationError, InstantiationError, ReturnTypeError
from kubegate.cel.trace import Trace
from kubegate.cel.types import (
    ANY,
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    map_of,
)
from kubegate.cel.values import Lazy
from kubegate.errors import KubegateError

BUDGET = 10_000_000
"""What all expressions of a policy may cost together for one binding and param."""
MATCH_BUDGET = 2_500_000
"""The same for match conditions."""
NOT_RUNNABLE = "program instantiation failed: "
"""How complaints about expressions begin that compile but cannot be run."""


class OutOfBudget(KubegateError):
    """The expressions together cost too much."""

    code = "cel-budget"

    def __init__(self) -> None:
        super().__init__("validation failed due to running out of cost budget, no further validation rules will be run")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: its program, or why it has none."""

    text: str
    program: Program | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an expression gave: a value, or (``error`` not empty) a complaint."""

    value: Any = None
    error: str = ""


def compile_expression(environment: Environment, text: str, expected: Sequence[Type]) -> Expression:
    """Compile; a failure becomes the expression's error, in the words of the API."""
    try:
        return Expression(text, environment.compile(text, expected))
    except InstantiationError as error:
        return Expression(text, None, f"{NOT_RUNNABLE}{error.message}")
    except ReturnTypeError as error:
        return Expression(text, None, error.message)
    except CelError as error:
        return Expression(text, None, f"compilation failed: {error.message}")


def traces(name: str, expressions: Iterable[Expression | None], *field: str) -> Iterator[tuple[FieldPath, Trace]]:
    """Where the expressions of a list of a policy's spec stand, and the branches taken of those that are recorded."""
    for index, expression in enumerate(expressions):
        trace = expression.program.trace if expression is not None and expression.program is not None else None
        if trace is not None:
            yield ("spec", name, index, *(field or ("expression",))), trace


class Compiler:
    """Compiles the expressions of one policy: with its variables, with or without an authorizer."""

    def __init__(
        self,
        variables: Iterable[Mapping[str, Any]],
        *,
        params: bool,
        typed: Callable[[Environment], Environment] | None = None,
    ) -> None:
        """``typed`` narrows the types of the variables."""
        self._typed = typed
        self.variables: dict[str, Expression] = {}
        self._params = params
        self._fields: dict[str, Type] = {}
        self._environments: dict[tuple[bool, bool], Environment] = {}
        for variable in variables:
            self.add(variable.get("name") or "", variable.get("expression") or "")

    def add(self, name: str, text: str) -> Expression:
        """Compile a variable; expressions compiled later may use it."""
        expression = compile_expression(self.environment(authorizer=True), text, ())
        self.variables[name] = expression
        self._fields[name] = _declared(expression.program.type) if expression.program else DYN
        self._environments.clear()
        return expression

    def environment(self, *, authorizer: bool, mutation: bool = False) -> Environment:
        """What expressions may use, with the variables so far; ``mutation``: also the types of patches."""
        found = self._environments.get((authorizer, mutation))
        if found is None:
            base = environments.admission(params=self._params, authorizer=authorizer, mutation=mutation)
            base = self._typed(base) if self._typed else base
            found = self._environments[authorizer, mutation] = environments.with_variables(base, self._fields)
        return found

    def compile(self, text: str, expected: Sequence[Type], *, authorizer: bool = True, mutation: bool = False) -> Expression:
        """Compile an expression of the policy."""
        return compile_expression(self.environment(authorizer=authorizer, mutation=mutation), text, expected)


_KEPT = frozenset((ANY, BOOL, BYTES, DOUBLE, DURATION, INT, NULL, STRING, TIMESTAMP, UINT))


def _declared(kind: Type) -> Type:
    """The type that a variable has for those who use it: objects and types of libraries are dynamic there."""
    if kind in _KEPT:
        return kind
    if kind.kind == "list":
        return list_of(_declared(kind.params[0]))
    if kind.kind == "map":
        return map_of(_declared(kind.params[0]), _declared(kind.params[1]))
    return DYN


class Variables(Lazy):
    """``variables``: evaluated on demand, each once."""

    __slots__ = ("_bindings", "_known", "_values", "cost")

    def __init__(self, known: Mapping[str, Expression], bindings: Mapping[str, Any]) -> None:
        self._known = known
        self._bindings = bindings
        self._values: dict[str, Any] = {}
        self.cost = 0

    def has(self, name: str) -> bool:
        return name in self._known

    def select(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._evaluate(name)
        found = self._values[name]
        if isinstance(found, EvaluationError):
            raise found
        return found

    def _evaluate(self, name: str) -> Any:
        expression = self._known.get(name)
        if expression is None:
            return EvaluationError(f"no such key: {name}")
        if expression.program is None:
            return EvaluationError(f'composited variable "{name}" fails to compile: {expression.error}')
        try:
            value, cost = expression.program.run(self._bindings)
        except EvaluationError as error:
            return EvaluationError(f'composited variable "{name}" fails to evaluate: {error.message}')
        self.cost += cost
        return value


class Pass:
    """One pass over some expressions of a policy with the same bindings; counts the cost."""

    def __init__(self, bindings: Mapping[str, Any], variables: Mapping[str, Expression], budget: int) -> None:
        self.bindings = dict(bindings)
        self.remaining = budget
        self._variables = Variables(variables, self.bindings)
        self.bindings["variables"] = self._variables

    def evaluate(self, expression: Expression) -> Outcome:
        """The outcome of an expression; raises `OutOfBudget`."""
        if expression.program is None:
            return Outcome(error=f"compilation error: {expression.error}")
        before = self._variables.cost
        try:
            value, cost = expression.program.run(self.bindings)
            outcome = Outcome(value)
        except EvaluationError as error:
            cost = PER_CALL_LIMIT if isinstance(error, CostExceeded) else 0
            outcome = Outcome(error=f"expression '{expression.text}' resulted in error: {error.message}")
        self.remaining -= cost + self._variables.cost - before
        if self.remaining < 0:
            raise OutOfBudget
        return outcome
