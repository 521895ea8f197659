"""The items of authorizers besides RBAC: lines of ABAC files, conditions of AccessPolicies and of authorization webhooks.

A line is exercised by a request that it allows, a condition by being true and by being false.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kubegate.analysis.coverage.expressions import exercised_keys, expression_items
from kubegate.analysis.coverage.items import ACCESS, POLICY, Item, ItemKey, What, key_of
from kubegate.api.names import Object, kind_of
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.configuration.conditions import CelCondition
from kubegate.authz.configuration.model import KIND
from kubegate.authz.interface import Authorizer, Verdict
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.bundle.state import ClusterState, Origin, Source
from kubegate.bundle.yaml_text import value_of
from kubegate.errors import Location


def configuration_state(path: str) -> ClusterState:
    """An AuthorizationConfiguration file (which has been read before) as a state, for the places of its parts."""
    state = ClusterState()
    source = Source(path, Path(path).read_bytes())
    for number, document in enumerate(source.documents):
        state.add(value_of(document), Origin(source, number))
    return state


def authorizer_items(state: ClusterState, members: Iterable[Authorizer] = ()) -> Iterator[Item]:
    """The lines and conditions of the members of a chain; ``state`` has the AccessPolicies or the configuration."""
    for obj in (*state.of_kind(ACCESS, POLICY), *_configurations(state)):
        place = state.locate(obj)
        if place is None:
            continue
        for path, text in _conditions(obj):
            yield from expression_items(state, obj, key_of(obj, place), path, text, decides=True)
    for member in members:
        if isinstance(member, AbacAuthorizer):
            for policy in member.policies:
                place = policy.location
                yield Item(_line_key(place), What.LINE, place, f"ABAC policy of line {place.line}")


def exercised_by_members(state: ClusterState, members: Iterable[Authorizer]) -> Iterator[ItemKey]:
    """The keys of the conditions' outcomes and branches that requests have taken."""
    webhooks: dict[str, WebhookAuthorizer] = {}
    for member in members:
        if isinstance(member, AccessPolicyAuthorizer):
            for policy in member.policies:
                yield from _taken(state, policy.object, policy.conditions, ("spec", "when"))
        elif isinstance(member, WebhookAuthorizer):
            webhooks[member.settings.name] = member
    for obj in _configurations(state):
        for index, spec in enumerate(obj.get("authorizers") or []):
            webhook = webhooks.get(str(spec.get("name") or ""))
            if webhook is not None and spec.get("webhook"):
                path = ("authorizers", index, "webhook", "matchConditions")
                yield from _taken(state, obj, webhook.conditions, path, "expression")


def exercised_line(verdict: Verdict) -> Iterator[ItemKey]:
    """The key of the ABAC line that decided."""
    if verdict.determined_by is not None and verdict.determined_by.authorizer == "ABAC":
        yield from map(_line_key, verdict.determined_by.locations)


def _taken(
    state: ClusterState, obj: Object, conditions: Iterable[object], path: tuple[str | int, ...], *field: str
) -> Iterator[ItemKey]:
    place = state.locate(obj)
    for index, condition in enumerate(conditions):
        if place is not None and isinstance(condition, CelCondition) and condition.trace is not None:
            yield from exercised_keys(key_of(obj, place), (*path, index, *field), condition.trace, decides=True)


def _conditions(obj: Object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if kind_of(obj).kind == POLICY:
        for index, text in enumerate((obj.get("spec") or {}).get("when") or []):
            yield ("spec", "when", index), str(text)
        return
    for index, spec in enumerate(obj.get("authorizers") or []):
        for number, condition in enumerate((spec.get("webhook") or {}).get("matchConditions") or []):
            path = ("authorizers", index, "webhook", "matchConditions", number, "expression")
            yield path, str(condition.get("expression") or "")


def _configurations(state: ClusterState) -> list[Object]:
    return [obj for obj in state if kind_of(obj).kind == KIND]


def _line_key(place: Location) -> ItemKey:
    return ItemKey(str(Path(place.file).resolve()), "Policy", "", "", part=str(place.line))
