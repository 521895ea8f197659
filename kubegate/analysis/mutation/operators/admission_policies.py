"""Mutants of validating and mutating admission policies and their bindings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubegate.admission.policies.fields import expression_paths
from kubegate.analysis.mutation.operators.edit import Edit, Path, drop, drop_each, exchange, replaced, value_at
from kubegate.analysis.mutation.operators.expressions import expression_mutants
from kubegate.analysis.mutation.operators.matching import match_edits
from kubegate.api.names import Object

_TEXTS = ("messageExpression", "valueExpression")
"""They say something about a decision, they make none."""
FAILURES = {"Fail": "Ignore", "Ignore": "Fail"}
_FOUND = {"Allow": "Deny", "Deny": "Allow"}
_WEAKER = {"Deny": ("Warn", "Audit"), "Warn": ("Audit",), "Audit": ("Warn",)}
SPEC = "spec"
FAILURE, NOT_FOUND = "failurePolicy changed", "parameterNotFoundAction changed"


def admission_policy_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a policy, in the order of its fields."""
    for path in expression_paths(obj):
        if path[-1] not in _TEXTS:
            yield from text_edits(obj, path)
    yield from drop_each(obj, "match condition removed", (SPEC, "matchConditions"))
    yield from drop_each(obj, "validation removed", (SPEC, "validations"), keep_last=True)
    yield from drop_each(obj, "mutation removed", (SPEC, "mutations"), keep_last=True)
    yield from match_edits(obj, (SPEC, "matchConstraints"))
    yield from exchange(obj, FAILURE, (SPEC, "failurePolicy"), FAILURES, "Fail")


def text_edits(obj: Object, path: Path) -> Iterator[Edit]:
    """Mutants of the expression at a path."""
    for mutant in expression_mutants(str(value_at(obj, path) or "")):
        yield Edit(mutant.operator, path, replaced(obj, path, mutant.text), mutant.offset)


def binding_edits(obj: Object, params: Sequence[str]) -> Iterator[Edit]:
    """Mutants of a binding; ``params`` are the names of the objects that may be its policy's params."""
    yield Edit("binding removed", (), None)
    actions = value_at(obj, (SPEC, "validationActions")) or []
    for index, action in enumerate(actions):
        for weaker in _WEAKER.get(action, ()):
            if weaker not in actions:
                changed = [*actions[:index], weaker, *actions[index + 1 :]]
                path = (SPEC, "validationActions", index)
                yield Edit("validationActions changed", path, replaced(obj, path[:2], changed))
    if len(actions) > 1:
        yield from drop_each(obj, "validationActions changed", (SPEC, "validationActions"))
    if len(value_at(obj, (SPEC, "matchResources")) or {}) > 1:  # of one restriction alone, that one is dropped
        yield from drop(obj, "matchResources dropped", (SPEC, "matchResources"))
    yield from match_edits(obj, (SPEC, "matchResources"))
    own = value_at(obj, (SPEC, "paramRef", "name"))
    if own:
        other = next((name for name in params if name != own), f"{own}-other")
        yield Edit("param swapped", (SPEC, "paramRef", "name"), replaced(obj, (SPEC, "paramRef", "name"), other))
    yield from exchange(obj, NOT_FOUND, (SPEC, "paramRef", "parameterNotFoundAction"), _FOUND)
