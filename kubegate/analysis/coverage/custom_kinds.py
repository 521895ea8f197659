"""The items of custom kinds: the expressions of their rules (``x-kubernetes-validations``).

A rule is exercised by being true for one object, and false for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kubegate.analysis.coverage.expressions import exercised_keys, expression_items
from kubegate.analysis.coverage.items import Item, ItemKey, key_of
from kubegate.analysis.custom_rules import EACH, rule_lists
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState
from kubegate.registry.custom.rules import RuleTree

Path = tuple[str | int, ...]
_GROUP, _KIND = "apiextensions.k8s.io", "CustomResourceDefinition"


def custom_kind_items(state: ClusterState) -> Iterator[Item]:
    """The items of the definitions that come from a file."""
    for obj in state.of_kind(_GROUP, _KIND):
        place = state.locate(obj)
        for path, _ in rule_lists(obj) if place is not None else ():
            for index, rule in enumerate(_at(obj, path)):
                if place is not None:
                    text = str(rule.get("rule") or "")
                    yield from expression_items(state, obj, key_of(obj, place), (*path, index, "rule"), text, decides=True)


def exercised_custom_kinds(
    state: ClusterState, catalog: Iterable[Resource], rules: Callable[[Resource], RuleTree | None]
) -> Iterator[ItemKey]:
    """The keys of what the writes of custom objects have exercised; ``rules``: the compiled ones of a resource."""
    for resource in catalog:
        definition = state.get(_GROUP, _KIND, "", resource.gvr.qualified) if resource.custom else None
        place = state.locate(definition) if definition is not None else None
        tree = rules(resource) if definition is not None and place is not None else None
        if definition is None or place is None or tree is None:
            continue
        for path, fields in rule_lists(definition):
            version = definition["spec"]["versions"][path[2]]
            below = _node(tree, fields) if version.get("name") == resource.gvr.version else None
            for rule in below.rules if below is not None else ():
                trace = rule.program.trace
                index = next((number for number, source in enumerate(_at(definition, path)) if source == rule.source), -1)
                if trace is not None and index >= 0:
                    yield from exercised_keys(key_of(definition, place), (*path, index, "rule"), trace, decides=True)


def _node(tree: RuleTree, fields: tuple[str, ...]) -> RuleTree | None:
    found: RuleTree | None = tree
    for step in fields:
        if found is not None:
            found = found.other if step == EACH else found.properties.get(step)
    return found


def _at(definition: Object, path: Path) -> list[Object]:
    """The rules at a path of `rule_lists`."""
    value: Any = definition
    for step in path:
        value = value[step]
    return list(value)
