"""Cluster state in dictionaries: what dry runs and tests admit against.

Objects are kept as given (nothing is defaulted). Writes count a resourceVersion of their own and compare-and-swap on it,
under one lock, so that races behave as with a store.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kubegate.api import status
from kubegate.api.names import Object, metadata, name_of, namespace_of
from kubegate.api.status import StatusError


class MemoryCluster:
    """Implements `interface.Cluster`."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, dict[str, Object]]] = {}
        self._lock = threading.Lock()
        self._revision = 0
        self._before: dict[tuple[str, str], dict[str, Object]] | None = None

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        return self._objects.get(resource, {}).get(namespace, {}).get(name)

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """All objects of a resource, of one namespace or (empty) all."""
        spaces = self._objects.get(resource, {})
        chosen = [spaces.get(namespace, {})] if namespace else list(spaces.values())
        return [obj for space in chosen for obj in list(space.values())]

    def put(self, resource: str, obj: Object) -> Object:
        """Store without any check; the answer is what is stored."""
        with self._lock:
            return self._store(resource, obj)

    def remove(self, resource: str, namespace: str, name: str) -> Object | None:
        """Forget an object; the answer is its last state."""
        with self._lock:
            self._note(resource, namespace)
            return self._objects.get(resource, {}).get(namespace, {}).pop(name, None)

    def create(self, resource: str, obj: Object) -> Object:
        """Store a new object; raises `StatusError` (AlreadyExists)."""
        with self._lock:
            if self.get(resource, namespace_of(obj), name_of(obj)) is not None:
                raise StatusError(status.already_exists(*_split(resource), name_of(obj)))
            return self._store(resource, obj)

    def update(self, resource: str, obj: Object) -> Object:
        """Compare-and-swap on resourceVersion; raises `StatusError` (NotFound, Conflict)."""
        with self._lock:
            current = self.get(resource, namespace_of(obj), name_of(obj))
            if current is None:
                raise StatusError(status.not_found(*_split(resource), name_of(obj)))
            if _version(current) != _version(obj):
                raise StatusError(status.conflict(*_split(resource), name_of(obj), _CHANGED))
            return self._store(resource, obj)

    @contextmanager
    def imagining(self) -> Iterator[None]:
        """What is written in this block is forgotten at its end; the objects, and their order, are then as before."""
        outer, self._before = self._before, {}
        try:
            yield
        finally:
            kept, self._before = self._before, outer
            with self._lock:
                for (resource, namespace), space in kept.items():
                    self._objects.setdefault(resource, {})[namespace] = space

    def _note(self, resource: str, namespace: str) -> None:
        """Before a write: what is there now is kept."""
        if self._before is not None and (resource, namespace) not in self._before:
            self._before[resource, namespace] = dict(self._objects.get(resource, {}).get(namespace, {}))

    def _store(self, resource: str, obj: Object) -> Object:
        self._note(resource, namespace_of(obj))
        self._revision += 1
        stored = {**obj, "metadata": {**metadata(obj), "resourceVersion": str(self._revision)}}
        self._objects.setdefault(resource, {}).setdefault(namespace_of(obj), {})[name_of(obj)] = stored
        return stored


_CHANGED = "the object has been modified; please apply your changes to the latest version and try again"


def _version(obj: Object) -> Any:
    return metadata(obj).get("resourceVersion")


def _split(resource: str) -> tuple[str, str]:
    """``deployments.apps`` -> ("apps", "deployments")."""
    name, _, group = resource.partition(".")
    return group, name
