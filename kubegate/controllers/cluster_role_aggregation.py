"""Keeps the rules of aggregated ClusterRoles what their selectors gather (``clusterrole-aggregation-controller``).

Level based: it looks at all roles as they are and changes those whose rules differ; that a changed role feeds another is
seen when its change comes back as an event. It applies the rules (server-side): where nothing is gathered, it takes back
what it gave, and leaves what somebody else wrote. Source: kubernetes ``pkg/controller/clusterroleaggregation``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kubegate.api.names import Object, name_of
from kubegate.authz.rbac.aggregation import CONTROLLER, collect, were_collected
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_selector import from_object

NAME = CONTROLLER
USER = f"system:serviceaccount:kube-system:{NAME}"


def outdated(cluster_roles: Iterable[Object]) -> Iterator[Object]:
    """The aggregated roles whose rules are not what their selectors gather, with the right rules."""
    roles = {name_of(role): role for role in cluster_roles}
    rules = {name: role.get("rules") or [] for name, role in roles.items()}
    for name, role in roles.items():
        if role.get("aggregationRule"):
            wanted = collect(name, role, roles, rules, _matches)
            if wanted != rules[name] and (wanted or were_collected(role)):
                yield {**role, "rules": wanted}


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    try:
        return from_object(selector).matches(labels)
    except SelectorError:
        return False  # validation refuses such selectors; one that is there all the same selects nothing
