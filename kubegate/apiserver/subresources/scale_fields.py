"""managedFields across the scale subresource: who owns the replicas of the workload owns those of the Scale.

Source: k8s.io/apiserver ``util/managedfields/scalehandler.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object

_IN_SCALE: Object = {"f:spec": {"f:replicas": {}}}
_SCALE_VERSION = "autoscaling/v1"

Entries = list[dict[str, Any]]


def _keys(path: str) -> list[str]:
    return [f"f:{name}" for name in path.split(".")]


def _has(fields: Any, keys: list[str]) -> bool:
    for key in keys:
        if not isinstance(fields, dict) or key not in fields:
            return False
        fields = fields[key]
    return True


def _without(fields: Object, keys: list[str]) -> Object:
    """The fields without the one at a path, and without what becomes empty."""
    first, *rest = keys
    kept = {key: value for key, value in fields.items() if key != first}
    inner = _without(fields.get(first) or {}, rest) if rest else {}
    return {**kept, first: inner} if inner else kept


def _owner(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry.get("manager"), entry.get("operation"), entry.get("subresource", "")


def to_scale(entries: Entries | None, path: str) -> Entries:
    """The workload's entries as those of its Scale."""
    keys = _keys(path)
    return [
        {**entry, "apiVersion": _SCALE_VERSION, "fieldsV1": _IN_SCALE}
        for entry in entries or ()
        if _has(entry.get("fieldsV1"), keys)
    ]


def to_parent(entries: Entries | None, scale: Entries | None, path: str, version: str) -> Entries:
    """The workload's entries after a write of its Scale: ``scale`` are the entries that the Scale has now, ``version`` the
    workload's apiVersion."""
    keys = _keys(path)
    owners = {_owner(entry): entry for entry in scale or ()}
    made: Entries = []
    for entry in entries or ():
        found = owners.pop(_owner(entry), None)
        if _has(entry.get("fieldsV1"), keys) and found is None:
            left = _without(entry["fieldsV1"], keys)
            if left:
                made.append({**entry, "fieldsV1": left})
        else:
            made.append(entry)
    fields: Object = {}
    for key in reversed(keys):
        fields = {key: fields}
    made += [{**entry, "apiVersion": version, "fieldsV1": fields} for entry in owners.values()]
    return made
