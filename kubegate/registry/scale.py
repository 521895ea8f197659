"""Scale of autoscaling/v1: the replicas of a workload as an object of their own.

Source: ``pkg/registry/apps/*/storage`` (ScaleREST).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.api.names import GroupVersionKind, Object, metadata
from kubegate.selectors.label_selector import from_object

SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a kind keeps its replicas (dotted paths); ``selector`` "" if it has none.

    ``custom``: it is a custom kind; its objects can be without replicas, and its schema says which are good.
    """

    spec: str = "spec.replicas"
    status: str = "status.replicas"
    selector: str = "spec.selector"
    custom: bool = False


def get_path(obj: Object, path: str) -> Any:
    """The value at a dotted path, or None."""
    value: Any = obj
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def with_path(obj: Object, path: str, value: Any) -> Object:
    """A copy with the value at a dotted path."""
    key, _, rest = path.partition(".")
    return {**obj, key: with_path(obj.get(key) or {}, rest, value) if rest else value}


def scale_of(obj: Object, paths: ScalePaths) -> Object:
    """The Scale of a workload."""
    meta = metadata(obj)
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Object = {"replicas": get_path(obj, paths.status) or 0}
    if selector := _selector(get_path(obj, paths.selector) if paths.selector else None):
        status["selector"] = selector
    replicas = get_path(obj, paths.spec)
    return {
        "kind": SCALE.kind,
        "apiVersion": SCALE.api_version,
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector(found: Any) -> str:
    if isinstance(found, str):
        return found
    if not isinstance(found, dict):
        return ""
    if "matchLabels" in found or "matchExpressions" in found:
        return str(from_object(found))
    return ",".join(f"{key}={value}" for key, value in sorted(found.items()))
