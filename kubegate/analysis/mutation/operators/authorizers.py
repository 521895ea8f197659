"""Mutants of an AuthorizationConfiguration: when its webhooks are asked, and what it means that one fails."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.mutation.operators.admission_policies import FAILURE, text_edits
from kubegate.analysis.mutation.operators.edit import Edit, drop_each, exchange, value_at
from kubegate.api.names import Object

_FAILURES = {"NoOpinion": "Deny", "Deny": "NoOpinion"}


def authorizer_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of the webhooks of a configuration; its other authorizers have policies of their own."""
    for index in range(len(value_at(obj, ("authorizers",)) or [])):
        webhook = ("authorizers", index, "webhook")
        conditions = (*webhook, "matchConditions")
        for number in range(len(value_at(obj, conditions) or [])):
            yield from text_edits(obj, (*conditions, number, "expression"))
        yield from drop_each(obj, "match condition removed", conditions)
        yield from exchange(obj, FAILURE, (*webhook, "failurePolicy"), _FAILURES)
