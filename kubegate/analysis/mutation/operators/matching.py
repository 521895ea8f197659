"""Mutants of what a policy or its binding is about: rules removed, narrowed, widened; selectors and exclusions dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.mutation.operators.edit import Edit, Path, drop, drop_each, replaced, value_at
from kubegate.api.names import Object

_WIDENED = ("apiGroups", "operations", "resources")
_SELECTORS = ("namespaceSelector", "objectSelector")
_RULES = "resourceRules"


def match_edits(obj: Object, path: Path, field: str = _RULES) -> Iterator[Edit]:
    """``path`` leads to ``matchConstraints`` or ``matchResources``, or to a webhook, whose rules have another name."""
    rules = (*path, field)
    yield from drop_each(obj, "match rule removed", rules, keep_last=True)
    for index in range(len(value_at(obj, rules) or [])):
        yield from _rule_edits(obj, (*rules, index))
    yield from drop_each(obj, "exclusion removed", (*path, "excludeResourceRules"))
    for selector in _SELECTORS:
        yield from drop(obj, "selector dropped", (*path, selector))


def _rule_edits(obj: Object, rule: Path) -> Iterator[Edit]:
    for field in _WIDENED:
        values = value_at(obj, (*rule, field)) or []
        if values and "*" not in values:
            yield Edit("match rule widened", (*rule, field), replaced(obj, (*rule, field), ["*"]))
        yield from drop_each(obj, "match rule narrowed", (*rule, field), keep_last=True)
    yield from drop(obj, "match rule widened", (*rule, "resourceNames"))
