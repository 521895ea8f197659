"""Writing objects through the registry, as the API server does."""

import copy
from datetime import UTC, datetime
from typing import Any

from kubegate.api.names import GroupVersionResource, Object
from kubegate.api.user import User
from kubegate.registry.catalog import build_registry
from kubegate.registry.interface import WriteContext

REGISTRY = build_registry()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def resource(text: str) -> GroupVersionResource:
    """``apps/v1/deployments`` or ``v1/pods``."""
    *group, version, name = text.split("/")
    return GroupVersionResource(group[0] if group else "", version, name)


def context(**values: Any) -> WriteContext:
    return WriteContext(**{"user": User("jane"), "namespace": "a", "now": NOW, **values})


def create(where: str, body: Object, **values: Any) -> tuple[Object, list[str]]:
    """The object as it would be stored, and what is wrong with it."""
    kind = resource(where)
    strategy = REGISTRY.strategy(kind)
    assert strategy is not None
    meta = {"name": "x", "uid": "u", **({"namespace": "a"} if strategy.namespaced else {}), **body.get("metadata", {})}
    obj = {**copy.deepcopy(body), "metadata": meta}
    known = context(namespace="a" if strategy.namespaced else "", **values)
    REGISTRY.default(kind, obj)
    REGISTRY.prepare_create(kind, obj, known)
    return obj, [str(error) for error in REGISTRY.validate_create(kind, obj, known)]


def update(where: str, old: Object, change: Object, subresource: str = "", **values: Any) -> tuple[Object, list[str]]:
    """A stored object merged with ``change``, and what is wrong with that."""
    kind, before = resource(where), copy.deepcopy(old)
    before["metadata"]["resourceVersion"] = "1"
    obj = merged(before, change)
    known = context(**values)
    REGISTRY.default(kind, obj)
    REGISTRY.prepare_update(kind, subresource, obj, before, known)
    return obj, [str(error) for error in REGISTRY.validate_update(kind, subresource, obj, before, known)]


def merged(base: Any, change: Any) -> Any:
    """A JSON merge patch."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    made = copy.deepcopy(base) if isinstance(base, dict) else {}
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made
