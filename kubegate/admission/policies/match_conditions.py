"""Match conditions of policies and webhooks.

A condition that is false wins over one that errs; an error is for the failure policy.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/matchconditions/matcher.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubegate.admission.policies.expressions import MATCH_BUDGET, Expression, OutOfBudget, Pass
from kubegate.errors import KubegateError


class MatchConditionError(KubegateError):
    """A condition could not be evaluated, and the failure policy is Fail."""

    code = "match-condition"


def holds(
    conditions: Iterable[Expression],
    bindings: Mapping[str, Any],
    variables: Mapping[str, Expression],
    *,
    ignore_failures: bool,
) -> bool:
    """Whether all conditions hold; raises `MatchConditionError`."""
    run = Pass({**bindings, "namespaceObject": None}, variables, MATCH_BUDGET)
    complaints: list[str] = []
    try:
        for condition in conditions:
            outcome = run.evaluate(condition)
            if outcome.error:
                complaints.append(outcome.error)
            elif outcome.value is False:
                return False
    except OutOfBudget as error:
        complaints = [error.message]
    if not complaints:
        return True
    if ignore_failures:
        return False
    distinct = list(dict.fromkeys(complaints))
    raise MatchConditionError(distinct[0] if len(distinct) == 1 else f"[{', '.join(distinct)}]")
