"""Coverage of policies by decisions: what determined a verdict is exercised.

A request that is allowed exercises the binding and the rule that allow it, and the resourceName that it asked for; one that
an AccessPolicy denies exercises that policy's rule. A request on which nobody has an opinion exercises nothing of those.
Expressions and admission policies are exercised by being evaluated: see `admission` and `authorizers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.admission.chain import AdmissionChain
from kubegate.analysis.coverage.admission import admission_items, exercised_in
from kubegate.analysis.coverage.authorizers import authorizer_items, exercised_by_members, exercised_line
from kubegate.analysis.coverage.custom_kinds import custom_kind_items, exercised_custom_kinds
from kubegate.analysis.coverage.items import ACCESS, BINDINGS, POLICY, RBAC, Item, ItemKey, items_of, key_of
from kubegate.analysis.coverage.webhooks import exercised_webhooks, webhook_items
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, labels_of
from kubegate.authz.interface import Attributes, Authorizer, Verdict
from kubegate.bundle.state import ClusterState
from kubegate.registry.custom.rules import RuleTree
from kubegate.selectors.label_selector import from_object


@dataclass
class Coverage:
    """What there is to exercise and what has been; add each suite's state before its decisions."""

    items: dict[ItemKey, Item] = field(default_factory=dict)
    exercised: set[ItemKey] = field(default_factory=set)

    def add_policies(
        self,
        state: ClusterState,
        members: Iterable[Authorizer] = (),
        configuration: ClusterState | None = None,
        *,
        webhooks: bool = False,
    ) -> None:
        """The items of one more suite's policies; those of a file that another suite has loaded are the same. ``members``:
        its authorizers; ``configuration``: what configures them; ``webhooks``: whether it asks those of admission."""
        found = [*items_of(state), *admission_items(state), *authorizer_items(state, members)]
        found += custom_kind_items(state)
        found += webhook_items(state) if webhooks else ()
        found += authorizer_items(configuration) if configuration is not None else ()
        for item in found:
            self.items.setdefault(item.key, item)

    def record(self, state: ClusterState, attributes: Attributes, verdict: Verdict) -> None:
        """A decision that a case asked for."""
        self._note(exercised_by(state, attributes, verdict))
        self._note(exercised_line(verdict))

    def record_evaluations(
        self, state: ClusterState, members: Iterable[Authorizer], admission: AdmissionChain | None = None
    ) -> None:
        """What the expressions of a suite's policies have recorded (`cel.trace.recording`) while its cases ran."""
        self._note(exercised_by_members(state, members))
        if admission is not None:
            self._note(exercised_in(state, admission))
            self._note(exercised_webhooks(state, admission))

    def record_custom_kinds(
        self, state: ClusterState, catalog: Iterable[Resource], rules: Callable[[Resource], RuleTree | None]
    ) -> None:
        """What the rules of custom kinds have recorded."""
        self._note(exercised_custom_kinds(state, catalog, rules))

    def _note(self, keys: Iterable[ItemKey]) -> None:
        self.exercised.update(key for key in keys if key in self.items)

    @property
    def missed(self) -> list[Item]:
        """What no case exercised, in the order of reading."""
        return [item for key, item in self.items.items() if key not in self.exercised]

    @property
    def percent(self) -> float:
        """How much of it all is exercised; of nothing, all."""
        return 100.0 * len(self.exercised) / len(self.items) if self.items else 100.0


def exercised_by(state: ClusterState, attributes: Attributes, verdict: Verdict) -> Iterator[ItemKey]:
    """The keys of what determined a verdict."""
    if verdict.determined_by is None:
        return
    details: Mapping[str, Any] = dict(verdict.determined_by.details)
    if verdict.determined_by.authorizer == "RBAC":
        yield from _binding(state, details["binding"])
        for role, index in _rules(state, details):
            yield from _rule(state, role, index, attributes)
    elif verdict.determined_by.authorizer == "AccessPolicy":
        policy = state.get(ACCESS, POLICY, "", str(details["policy"]))
        if policy is not None:
            yield from _rule(state, policy, details["ruleIndex"], attributes)


def _binding(state: ClusterState, identity: Mapping[str, str]) -> Iterator[ItemKey]:
    kind = BINDINGS[1] if identity["namespace"] else BINDINGS[0]
    binding = state.get(RBAC, kind, identity["namespace"], identity["name"])
    place = state.locate(binding) if binding else None
    if binding is not None and place is not None:
        yield key_of(binding, place)


def _rules(state: ClusterState, details: Mapping[str, Any]) -> Iterator[tuple[Object, int]]:
    """The rule that decided; of an aggregated role those that it was taken from."""
    identity = details["role"]
    role = state.get(RBAC, identity["kind"], identity["namespace"], identity["name"])
    if role is None:
        return
    if not role.get("aggregationRule"):
        yield role, details["ruleIndex"]
        return
    for source in sources_of(state, role):
        for index, rule in enumerate(source.get("rules") or []):
            if rule == details["rule"]:
                yield source, index


def sources_of(state: ClusterState, role: Object) -> list[Object]:
    """The ClusterRoles with rules of their own that an aggregated one is made of, also through others."""
    roles = state.of_kind(RBAC, "ClusterRole")
    found: list[Object] = []
    open_roles, seen = [role], {id(role)}
    while open_roles:
        selectors = (open_roles.pop().get("aggregationRule") or {}).get("clusterRoleSelectors") or []
        matchers = [from_object(selector) for selector in selectors]
        for other in roles:
            if id(other) not in seen and any(matcher.matches(labels_of(other)) for matcher in matchers):
                seen.add(id(other))
                (open_roles if other.get("aggregationRule") else found).append(other)
    return found


def _rule(state: ClusterState, obj: Object, index: int, attributes: Attributes) -> Iterator[ItemKey]:
    place = state.locate(obj)
    if place is None:
        return
    key = key_of(obj, place)._replace(rule=index)
    yield key
    if attributes.name:
        yield key._replace(resource_name=attributes.name)
