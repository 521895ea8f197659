"""The expressions of one mutating policy.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/mutating/{compilation,dispatcher}.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.admission.policies.expressions import BUDGET, Compiler, Expression, OutOfBudget, Pass, traces
from kubegate.admission.policies.fields import FieldPath
from kubegate.admission.policies.match_conditions import MatchConditionError, holds
from kubegate.admission.policies.mutating.patches import MutationError, apply_configuration, json_patch
from kubegate.api.names import GroupVersionKind, Object
from kubegate.cel.environments import APPLY_OBJECT, JSON_PATCH
from kubegate.cel.trace import Trace
from kubegate.cel.types import BOOL, list_of


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mutation: whether it is a JSON patch, and its expression."""

    is_json_patch: bool
    expression: Expression


class Evaluator:
    """A policy's expressions, compiled."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        compiler = Compiler(spec.get("variables") or (), params=spec.get("paramKind") is not None)
        self._variables = compiler.variables
        self._conditions = [
            compiler.compile(condition.get("expression") or "", (BOOL,)) for condition in spec.get("matchConditions") or ()
        ]
        self.mutations = [_mutation(compiler, mutation) for mutation in spec.get("mutations") or ()]

    def traces(self) -> Iterator[tuple[FieldPath, Trace]]:
        """Where each expression stands, and which branches of it were taken, if that is recorded."""
        merged = [None if mutation.is_json_patch else mutation.expression for mutation in self.mutations]
        patches = [mutation.expression if mutation.is_json_patch else None for mutation in self.mutations]
        yield from traces("variables", self._variables.values())
        yield from traces("matchConditions", self._conditions)
        yield from traces("mutations", merged, "applyConfiguration", "expression")
        yield from traces("mutations", patches, "jsonPatch", "expression")

    def applies(self, bindings: Mapping[str, Any], *, ignore_failures: bool) -> bool:
        """Whether the match conditions hold; raises `MutationError`."""
        try:
            return not self._conditions or holds(
                self._conditions, bindings, self._variables, ignore_failures=ignore_failures
            )
        except MatchConditionError as error:
            raise MutationError(error.message, ("spec", "matchConditions")) from error

    def mutate(self, mutation: Mutation, bindings: Mapping[str, Any], kind: GroupVersionKind) -> Object:
        """The object as a mutation leaves it; raises `MutationError` or `StatusError`."""
        try:
            outcome = Pass(bindings, self._variables, BUDGET).evaluate(mutation.expression)
        except OutOfBudget as error:
            raise MutationError(error.message) from error
        if outcome.error:
            raise MutationError(outcome.error)
        apply = json_patch if mutation.is_json_patch else apply_configuration
        return apply(outcome.value, bindings["object"], kind)


def _mutation(compiler: Compiler, spec: Mapping[str, Any]) -> Mutation:
    is_json_patch = spec.get("patchType") == "JSONPatch"
    text = (spec.get("jsonPatch" if is_json_patch else "applyConfiguration") or {}).get("expression") or ""
    expected = (list_of(JSON_PATCH),) if is_json_patch else (APPLY_OBJECT,)
    return Mutation(is_json_patch, compiler.compile(text, expected, mutation=True))
