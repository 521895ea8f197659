"""Evaluates one validating policy: decisions and audit annotations.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/validating/{plugin,validator}.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.admission.policies.expressions import BUDGET, Compiler, Expression, Outcome, OutOfBudget, Pass, traces
from kubegate.admission.policies.fields import FieldPath
from kubegate.admission.policies.match_conditions import MatchConditionError, holds
from kubegate.cel.trace import Trace
from kubegate.cel.types import BOOL, NULL, STRING
from kubegate.cel.values import type_name

MAX_MESSAGE_BYTES = 5 * 1024


@dataclass(frozen=True, slots=True)
class Decision:
    """What one validation said: admitted, or denied with a message (``reason`` of the Status, "" for an error).

    ``steps`` lead to what said it in the policy."""

    admitted: bool
    message: str = ""
    reason: str = ""
    steps: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotation:
    """An audit annotation to publish, or (``error`` not empty) why there is none."""

    key: str
    value: str = ""
    error: str = ""
    index: int = 0


@dataclass(slots=True)
class Result:
    """What a policy says about a request with one param."""

    decisions: list[Decision] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Validation:
    spec: Mapping[str, Any]
    expression: Expression
    message: Expression | None

    def fallback(self) -> str:
        """The message that stands when no message expression gives one."""
        given = str(self.spec.get("message") or "").strip()
        return given or f"failed expression: {self.expression.text.strip()}"


class Evaluator:
    """A policy's expressions, compiled."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        compiler = Compiler(spec.get("variables") or (), params=spec.get("paramKind") is not None)
        self._ignore = spec.get("failurePolicy") == "Ignore"
        self._variables = compiler.variables
        self._conditions = [
            compiler.compile(condition.get("expression") or "", (BOOL,)) for condition in spec.get("matchConditions") or ()
        ]
        self._validations = [self._validation(compiler, validation) for validation in spec.get("validations") or ()]
        self._annotations = [
            (annotation.get("key") or "", compiler.compile(annotation.get("valueExpression") or "", (STRING, NULL)))
            for annotation in spec.get("auditAnnotations") or ()
        ]

    @staticmethod
    def _validation(compiler: Compiler, spec: Mapping[str, Any]) -> _Validation:
        text = spec.get("messageExpression") or ""
        message = compiler.compile(text, (STRING,), authorizer=False) if text else None
        return _Validation(spec, compiler.compile(spec.get("expression") or "", (BOOL,)), message)

    def traces(self) -> Iterator[tuple[FieldPath, Trace]]:
        """Where each expression stands, and which branches of it were taken, if that is recorded."""
        validations = [validation.expression for validation in self._validations]
        messages = [validation.message for validation in self._validations]
        yield from traces("variables", self._variables.values())
        yield from traces("matchConditions", self._conditions)
        yield from traces("validations", validations)
        yield from traces("validations", messages, "messageExpression")
        yield from traces("auditAnnotations", [expression for _, expression in self._annotations], "valueExpression")

    def evaluate(self, bindings: Mapping[str, Any]) -> Result:
        """The result under the policy's failure policy; ``bindings`` include the authorizer's."""
        try:
            if self._conditions and not holds(self._conditions, bindings, self._variables, ignore_failures=self._ignore):
                return Result()
        except MatchConditionError as error:
            return Result([self._failed(error.message, ("spec", "matchConditions"))])
        try:
            decisions = self._decide(bindings)
            annotations = self._annotate(_without_authorizer(bindings))
        except OutOfBudget as error:
            return Result([self._failed(error.message, ("spec", "validations"))])
        return Result(decisions, annotations)

    def _failed(self, message: str, steps: tuple[str | int, ...]) -> Decision:
        return Decision(self._ignore, message, steps=steps)

    def _decide(self, bindings: Mapping[str, Any]) -> list[Decision]:
        run = Pass(bindings, self._variables, BUDGET)
        outcomes = [run.evaluate(validation.expression) for validation in self._validations]
        if all(outcome.value is True for outcome in outcomes):
            return [Decision(True) for _ in outcomes]
        messages = Pass(_without_authorizer(bindings), self._variables, run.remaining)
        return [self._decision(index, outcome, messages) for index, outcome in enumerate(outcomes)]

    def _decision(self, index: int, outcome: Outcome, messages: Pass) -> Decision:
        validation, steps = self._validations[index], ("spec", "validations", index)
        try:
            text = _message(validation, messages)
        except OutOfBudget as error:
            return self._failed(outcome.error or f"failed messageExpression: {error.message}", steps)
        if outcome.error:
            return self._failed(outcome.error, steps)
        if outcome.value is True:
            return Decision(True)
        return Decision(False, text or validation.fallback(), str(validation.spec.get("reason") or "Invalid"), steps)

    def _annotate(self, bindings: Mapping[str, Any]) -> list[Annotation]:
        run = Pass(bindings, self._variables, BUDGET)
        found = [self._annotation(index, run) for index in range(len(self._annotations))]
        return [annotation for annotation in found if annotation is not None]

    def _annotation(self, index: int, run: Pass) -> Annotation | None:
        key, expression = self._annotations[index]
        outcome = run.evaluate(expression)
        if outcome.error:
            return None if self._ignore else Annotation(key, error=outcome.error, index=index)
        if outcome.value is None:
            return None
        if type(outcome.value) is str:
            value = outcome.value.strip()
            return Annotation(key, value) if value else None
        words = (
            f"resulted in unsupported return type: {type_name(outcome.value)}. Return type must be either string or null."
        )
        return Annotation(key, error=f"valueExpression '{expression.text}' {words}", index=index)


def _without_authorizer(bindings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bindings.items() if not name.startswith("authorizer")}


def _message(validation: _Validation, run: Pass) -> str:
    """What the message expression gives, "" where it gives nothing usable."""
    if validation.message is None:
        return ""
    outcome = run.evaluate(validation.message)
    if outcome.error or type(outcome.value) is not str:
        return ""
    text = outcome.value.strip()
    return "" if "\n" in text or len(text.encode("utf-8", "surrogatepass")) > MAX_MESSAGE_BYTES else text
