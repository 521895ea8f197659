"""Manifests as `kubectl create` would send them, with a wait where a cluster needs a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from kubegate.api.catalog import Catalog
from kubegate.api.names import GroupVersionKind, Object
from kubegate.bundle.load import load
from kubegate.compose.bootstrap_manifests import create_object, in_order
from kubegate.compose.internal_client import InternalClient
from kubegate.errors import ConfigurationError

_SECONDS, _STEP = 10.0, 0.002


def create(paths: Iterable[str | Path], client: InternalClient, catalog: Callable[[], Catalog]) -> int:
    """Create what is missing; the answer is how many were. Custom kinds are served when this returns.

    Raises `InvalidInput` for wrong files, `ConfigurationError` for what the server refuses."""
    made = 0
    for obj in in_order(load([str(path) for path in paths]).state):
        made += create_object(obj, client, catalog())
        for kind in _defined(obj):
            _wait(catalog, kind)
    return made


def _defined(obj: Object) -> list[GroupVersionKind]:
    if obj.get("kind") != "CustomResourceDefinition":
        return []
    spec = obj["spec"]
    names = spec.get("names") or {}
    return [
        GroupVersionKind(spec["group"], version["name"], names["kind"])
        for version in spec.get("versions") or ()
        if version.get("served")
    ]


def _wait(catalog: Callable[[], Catalog], kind: GroupVersionKind) -> None:
    deadline = time.monotonic() + _SECONDS
    while catalog().by_kind(kind) is None:
        if time.monotonic() > deadline:
            raise ConfigurationError(f"{kind.kind}.{kind.group}: the definition is not established")
        time.sleep(_STEP)
