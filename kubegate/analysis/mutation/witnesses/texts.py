"""The expressions of an object, with what their names stand for in a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kubegate.admission.policies.fields import expression_paths
from kubegate.analysis.custom_rules import rule_lists
from kubegate.analysis.mutation.operators.edit import Path, value_at
from kubegate.api.names import Object

_TOLD = ("messageExpression", "valueExpression")


class Text(NamedTuple):
    """``roots``: names that stand for a part of the request (``self``); ``variables``: names for other expressions."""

    path: Path
    text: str
    variables: Mapping[str, str]
    roots: Mapping[str, tuple[str, ...]]


def texts_of(obj: Object) -> Iterator[Text]:
    """Those of an admission policy, of webhooks, of a custom kind, that decide something."""
    variables = {str(each.get("name")): str(each.get("expression")) for each in value_at(obj, ("spec", "variables")) or []}
    for path in expression_paths(obj):
        if path[-1] not in _TOLD:
            yield Text(path, str(value_at(obj, path)), variables, {})
    for index, webhook in enumerate(obj.get("webhooks") or []):
        for number, condition in enumerate(webhook.get("matchConditions") or []):
            path = ("webhooks", index, "matchConditions", number, "expression")
            yield Text(path, str(condition.get("expression") or ""), {}, {})
    for rules, fields in rule_lists(obj):
        roots = {"self": ("object", *fields), "oldSelf": ("oldObject", *fields)}
        for index, rule in enumerate(value_at(obj, rules)):
            yield Text((*rules, index, "rule"), str(rule.get("rule") or ""), {}, roots)
