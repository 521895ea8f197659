"""Aggregated ClusterRoles: rules collected from other ClusterRoles by label.

Source: kubernetes ``pkg/controller/clusterroleaggregation``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubegate.api.names import Object, labels_of, name_of

CONTROLLER = "clusterrole-aggregation-controller"
"""The field manager of collected rules."""

Matches = Callable[[Mapping[str, Any], Mapping[str, str]], bool]
"""(LabelSelector object, labels) -> does it match?"""


def aggregate(cluster_roles: Iterable[Object], matches: Matches) -> dict[str, list[dict[str, Any]]]:
    """The settled rules of each ClusterRole that has an aggregationRule, by its name.

    Its own rules are replaced; they stay where nothing is found, unless they were found once. Selectors count in their
    order; for each the matching roles by name, never the role itself; equal rules count once. An aggregated role may feed
    another: this repeats until nothing changes.
    """
    roles = {name_of(role): role for role in cluster_roles}
    rules = {name: list(role.get("rules") or []) for name, role in roles.items()}
    aggregated = {name: role for name, role in roles.items() if role.get("aggregationRule")}
    own = {name: [] if were_collected(role) else rules[name] for name, role in aggregated.items()}
    # A cycle of n roles settles after n rounds at most, since rules only spread.
    for _ in range(len(aggregated) + 1):
        new = {name: collect(name, role, roles, rules, matches) or own[name] for name, role in aggregated.items()}
        if all(rules[name] == found for name, found in new.items()):
            break
        rules.update(new)
    return {name: rules[name] for name in aggregated}


def were_collected(role: Object) -> bool:
    """Did the controller write the role's rules? It applies them (server-side), so that it takes back only what it gave."""
    fields = (role.get("metadata") or {}).get("managedFields") or ()
    return any(entry.get("manager") == CONTROLLER and "f:rules" in (entry.get("fieldsV1") or {}) for entry in fields)


def collect(
    name: str,
    role: Object,
    roles: Mapping[str, Object],
    rules: Mapping[str, list[dict[str, Any]]],
    matches: Matches,
) -> list[dict[str, Any]]:
    """One step of one role: what its selectors find now."""
    found: list[dict[str, Any]] = []
    for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or []:
        for other in sorted(roles):
            if other == name or not matches(selector, labels_of(roles[other])):
                continue
            for rule in rules[other]:
                if rule not in found:
                    found.append(rule)
    return found
