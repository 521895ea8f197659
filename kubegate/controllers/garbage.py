"""Objects whose owners are gone, and owners that wait for their dependents (``garbage-collector-controller``).

Source: kubernetes ``pkg/controller/garbagecollector``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from threading import Lock

from kubegate.api.names import GroupVersionKind, Object, split_api_version
from kubegate.controllers.interface import Context, Controller, Source, Work, path_of
from kubegate.store.interface import Event, EventType, Key

_FOREGROUND, _ORPHAN = "foregroundDeletion", "orphan"
_MERGE = "application/merge-patch+json"
_SEPARATOR = "\x00"


def _owners(obj: Object) -> list[Object]:
    return (obj.get("metadata") or {}).get("ownerReferences") or []


def _pack(key: Key) -> Work:
    return Work(key.namespace, f"{key.resource}{_SEPARATOR}{key.name}")


def _unpack(work: Work) -> Key:
    resource, _, name = work.name.partition(_SEPARATOR)
    return Key(resource, work.namespace, name)


class Graph:
    """Who depends on whom, by the owner's uid."""

    def __init__(self) -> None:
        self._dependents: dict[str, set[Key]] = defaultdict(set)
        self._lock = Lock()

    def observe(self, event: Event) -> None:
        """Take in a change."""
        old = {o["uid"] for o in _owners(event.previous.object)} if event.previous else set()
        new = set() if event.type is EventType.DELETED else {o["uid"] for o in _owners(event.stored.object)}
        with self._lock:
            for uid in old - new:
                self._dependents[uid].discard(event.stored.key)
            for uid in new:
                self._dependents[uid].add(event.stored.key)

    def dependents(self, uid: str) -> list[Key]:
        """What depends on an object."""
        with self._lock:
            return sorted(self._dependents.get(uid, ()))


class GarbageCollector:
    """The reconciler; work names an object that may be superfluous or wait for its dependents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._graph = Graph()
        for resource in context.store.resources():
            for stored in context.store.list(resource).items:
                self._graph.observe(Event(EventType.ADDED, stored))
        context.store.subscribe("", self._graph.observe)

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        key = _unpack(work)
        if key.resource == "":
            for dependent in self._graph.dependents(key.name):
                self._collect(dependent)
            return None
        stored = self._context.store.get(key)
        if stored is None:
            return None
        meta = stored.object["metadata"]
        if meta.get("deletionTimestamp"):
            return self._finish(key, stored.object)
        if meta.get("ownerReferences"):
            self._collect(key)
        return None

    def _path(self, key: Key) -> str:
        name, _, group = key.resource.partition(".")
        resource = self._context.catalog().preferred(group, name)
        if resource is None:
            raise LookupError(f"no resource {key.resource}")
        return path_of(resource, key.namespace, key.name)

    def _exists(self, owner: Object, namespace: str) -> Object | None:
        group, version = split_api_version(owner["apiVersion"])
        resource = self._context.catalog().by_kind(GroupVersionKind(group, version, owner["kind"]))
        if resource is None:
            return owner
        found = self._context.get(resource.key, namespace if resource.namespaced else "", owner["name"])
        return found if found is not None and found["metadata"]["uid"] == owner["uid"] else None

    def _collect(self, key: Key) -> None:
        """Delete an object if none of its owners is left; drop references to owners that are gone otherwise."""
        stored = self._context.store.get(key)
        if stored is None or stored.object["metadata"].get("deletionTimestamp"):
            return
        owners = _owners(stored.object)
        if not owners:
            return
        found = [(owner, self._exists(owner, key.namespace)) for owner in owners]
        solid = [owner for owner, obj in found if obj is not None and not _waits(obj, owner)]
        waiting = [owner for owner, obj in found if obj is not None and _waits(obj, owner)]
        uid = stored.object["metadata"]["uid"]
        if solid:
            if len(solid) < len(owners):
                body = {"metadata": {"uid": uid, "ownerReferences": solid}}
                self._context.client.patch(self._path(key), body, _MERGE)
            return
        policy = "Foreground" if waiting and self._graph.dependents(uid) else "Background"
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}, "propagationPolicy": policy}
        self._context.client.request("DELETE", self._path(key), options)

    def _finish(self, key: Key, obj: Object) -> float | None:
        finalizers, uid = obj["metadata"].get("finalizers") or [], obj["metadata"]["uid"]
        if _ORPHAN in finalizers:
            for dependent in self._graph.dependents(uid):
                self._orphan(dependent, uid)
            self._drop(key, obj, _ORPHAN)
        elif _FOREGROUND in finalizers:
            blocking = False
            for dependent in self._graph.dependents(uid):
                self._collect(dependent)
                stored = self._context.store.get(dependent)
                if stored is not None:
                    blocking |= any(o["uid"] == uid and o.get("blockOwnerDeletion") for o in _owners(stored.object))
            if blocking:
                return 0.2
            self._drop(key, obj, _FOREGROUND)
        return None

    def _orphan(self, dependent: Key, uid: str) -> None:
        stored = self._context.store.get(dependent)
        if stored is not None:
            kept = [owner for owner in _owners(stored.object) if owner["uid"] != uid]
            meta = {"uid": stored.object["metadata"]["uid"], "ownerReferences": kept or None}
            self._context.client.patch(self._path(dependent), {"metadata": meta}, _MERGE)

    def _drop(self, key: Key, obj: Object, finalizer: str) -> None:
        kept = [name for name in obj["metadata"].get("finalizers") or () if name != finalizer]
        meta = {"resourceVersion": obj["metadata"]["resourceVersion"], "finalizers": kept or None}
        self._context.client.patch(self._path(key), {"metadata": meta}, _MERGE)


def _waits(obj: Object, owner: Object) -> bool:
    meta = obj.get("metadata") or {}
    return bool(meta.get("deletionTimestamp")) and _FOREGROUND in (meta.get("finalizers") or ())


def _interesting(event: Event) -> Iterable[Work]:
    meta = event.stored.object.get("metadata") or {}
    if event.type is EventType.DELETED:
        yield Work("", f"{_SEPARATOR}{meta.get('uid')}")
        for owner in meta.get("ownerReferences") or ():
            yield Work("", f"{_SEPARATOR}{owner['uid']}")
    elif meta.get("ownerReferences") or (meta.get("deletionTimestamp") and meta.get("finalizers")):
        yield _pack(event.stored.key)


CONTROLLER = Controller(
    "garbage-collector-controller", "generic-garbage-collector", (Source("", _interesting),), GarbageCollector
)
