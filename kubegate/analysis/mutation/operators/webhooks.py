"""Mutants of admission webhooks: asked about less or more, or with another meaning of a failure."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.mutation.operators.admission_policies import FAILURE, FAILURES, text_edits
from kubegate.analysis.mutation.operators.edit import Edit, drop_each, exchange, removed, value_at
from kubegate.analysis.mutation.operators.matching import match_edits
from kubegate.api.names import Object


def webhook_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""
    webhooks = value_at(obj, ("webhooks",)) or []
    for index in range(len(webhooks)):
        path = ("webhooks", index)
        yield Edit("webhook removed", path, removed(obj, path) if len(webhooks) > 1 else None)
        for number in range(len(value_at(obj, (*path, "matchConditions")) or [])):
            yield from text_edits(obj, (*path, "matchConditions", number, "expression"))
        yield from drop_each(obj, "match condition removed", (*path, "matchConditions"))
        yield from match_edits(obj, path, "rules")
        yield from exchange(obj, FAILURE, (*path, "failurePolicy"), FAILURES, "Fail")
