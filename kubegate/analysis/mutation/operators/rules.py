"""Mutants of a list of rules, of roles and AccessPolicies alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

RESOURCE_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
PATH_VERBS = ("get", "post")

WIDENED = ("verbs", "apiGroups", "resources", "nonResourceURLs")
DROPPED = ("resourceNames", "resourceNamePatterns", "labelSelector", "fieldSelector")

Rules = list[dict[str, Any]]


class RuleMutant(NamedTuple):
    """A list of rules with one rule changed; ``part`` is the field of the rule at ``position`` ("": the rule itself)."""

    operator: str
    position: int
    part: str
    rules: Rules


def rule_mutants(rules: Rules) -> Iterator[RuleMutant]:
    """Each rule in turn: removed, with one more verb, with a wildcard for each field, without its restriction to names."""
    for index, rule in enumerate(rules):
        yield RuleMutant("rule removed", index, "", [*rules[:index], *rules[index + 1 :]])
        for operator, part, values in _changes(rule):
            changed = {**rule, part: values} if values else {key: value for key, value in rule.items() if key != part}
            yield RuleMutant(operator, index, part, [*rules[:index], changed, *rules[index + 1 :]])


def _changes(rule: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    verbs = rule.get("verbs") or []
    more = [verb for verb in (RESOURCE_VERBS if rule.get("resources") else PATH_VERBS) if verb not in verbs]
    if verbs and more and "*" not in verbs:
        yield "verb added", "verbs", [*verbs, more[0]]
    for field in WIDENED:
        if rule.get(field) and "*" not in rule[field]:
            yield "wildcard widened", field, ["*"]
    for field in DROPPED:
        if rule.get(field):
            yield f"{field} dropped", field, []
