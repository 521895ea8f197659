"""Which node has to do with which object, kept up to date object by object.

::

    node <- pod <- secret, configmap, service account, resource claim, persistent volume claim
    claim <- persistent volume <- secret
    node <- volume attachment, resource slice, pod certificate request

Every object knows the nodes at the end of its paths, with the number of paths to each: a question is one look-up however
many volumes share a secret, and a change costs what the changed object refers to (a volume: times the nodes of its claim).
Reading takes no lock. Changes are serialised.
Source: kubernetes ``plugin/pkg/auth/authorizer/node/graph.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from sys import intern
from typing import NamedTuple

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.authz.node.references import Ref, pod_references, volume_claim, volume_secrets

_CLUSTER_SCOPED = {"VolumeAttachment": "volumeattachments", "ResourceSlice": "resourceslices"}
_NAMESPACED = {"Pod": "pods", "PodCertificateRequest": "podcertificaterequests"}
KINDS = (*_NAMESPACED, "PersistentVolume", *_CLUSTER_SCOPED)


class _Needed:
    """An object that pods refer to, and the nodes that need it: node -> number of paths."""

    __slots__ = ("nodes", "ref")

    def __init__(self, ref: Ref) -> None:
        self.ref = ref
        self.nodes: dict[str, int] = {}


class _Volume(NamedTuple):
    claim: Ref
    brings: tuple[Ref, ...]
    """What nodes that need the claim need too: the volume itself and secrets."""


class Graph:
    """Feed it with `upsert` and `remove`, ask it with `related`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bound: dict[Ref, tuple[str, tuple[_Needed, ...]]] = {}  # pod, attachment... -> its node, what it refers to
        self._needed: dict[Ref, _Needed] = {}
        self._volumes: dict[str, _Volume] = {}
        self._volumes_of: dict[Ref, dict[str, None]] = {}  # claim -> names of volumes bound to it

    def upsert(self, obj: Object) -> None:
        """Take an object in, or its new version; other kinds are left alone."""
        kind = str(obj.get("kind"))
        if kind == "PersistentVolume":
            self._volume(name_of(obj), _bound_volume(obj))
            return
        ref = _ref(kind, namespace_of(obj), name_of(obj))
        if ref is not None:
            node = (obj.get("spec") or {}).get("nodeName") or ""
            self._bind(ref, node, tuple(dict.fromkeys(pod_references(obj))) if node and kind == "Pod" else ())

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget an object; unknown ones are no error."""
        if kind == "PersistentVolume":
            self._volume(name, None)
            return
        ref = _ref(kind, namespace, name)
        if ref is not None:
            self._bind(ref, "", ())

    def related(self, node: str, ref: Ref) -> bool:
        """Is there a path from the object to the node?"""
        bound = self._bound.get(ref)
        if bound is not None:
            return bound[0] == node
        needed = self._needed.get(ref)
        return needed is not None and node in needed.nodes

    def nodes(self) -> set[str]:
        """The nodes that something is bound to."""
        return {node for node, _ in list(self._bound.values())}

    def relations(self) -> Iterator[tuple[str, Ref]]:
        """Every node with every object from which there is a path to it."""
        yield from ((node, ref) for ref, (node, _) in list(self._bound.items()))
        for needed in list(self._needed.values()):
            yield from ((node, needed.ref) for node in list(needed.nodes))

    def _bind(self, ref: Ref, node: str, references: Sequence[Ref]) -> None:
        """Set the node of an object and what it refers to; no node: the object goes."""
        with self._lock:
            old = self._bound.get(ref)
            if old is not None and old[0] == node and [needed.ref for needed in old[1]] == list(references):
                return
            if node:
                node = intern(node)
                # The new is counted before the old is discounted: nobody sees an object without its node in between.
                self._bound[ref] = (node, tuple([self._count(needed, node) for needed in references]))
            elif old is not None:
                del self._bound[ref]
            if old is not None:
                for needed in old[1]:
                    self._discount(needed, old[0])

    def _volume(self, name: str, volume: _Volume | None) -> None:
        """Set what a volume is bound to and brings; None: it goes, or is unbound."""
        with self._lock:
            old = self._volumes.get(name)
            if volume == old:
                return
            if volume is not None:
                for node in self._nodes_of(volume.claim):
                    for ref in volume.brings:
                        self._count(ref, node)
            if old is not None:
                self._part(name, old)
            if volume is not None:
                self._volumes[name] = volume
                self._volumes_of.setdefault(volume.claim, {})[name] = None

    def _part(self, name: str, volume: _Volume) -> None:
        del self._volumes[name]
        siblings = self._volumes_of[volume.claim]
        del siblings[name]
        if not siblings:
            del self._volumes_of[volume.claim]
        for node in self._nodes_of(volume.claim):
            for ref in volume.brings:
                self._discount(self._needed[ref], node)

    def _nodes_of(self, claim: Ref) -> tuple[str, ...]:
        needed = self._needed.get(claim)
        return () if needed is None else tuple(needed.nodes)

    def _count(self, ref: Ref, node: str) -> _Needed:
        """One more path from the object to the node; with the first one, from what a claim brings too."""
        needed = self._needed.get(ref)
        if needed is None:
            needed = self._needed[ref] = _Needed(ref)
        paths = needed.nodes.get(node, 0)
        needed.nodes[node] = paths + 1
        if not paths:
            for brought in self._brought(ref):
                self._count(brought, node)
        return needed

    def _discount(self, needed: _Needed, node: str) -> None:
        if needed.nodes[node] > 1:
            needed.nodes[node] -= 1
            return
        del needed.nodes[node]
        if not needed.nodes:
            del self._needed[needed.ref]
        for brought in self._brought(needed.ref):
            self._discount(self._needed[brought], node)

    def _brought(self, claim: Ref) -> Iterator[Ref]:
        for name in self._volumes_of.get(claim, ()):
            yield from self._volumes[name].brings


def _ref(kind: str, namespace: str, name: str) -> Ref | None:
    """The object's place in the graph; None for kinds that are not bound to nodes."""
    if kind in _NAMESPACED:
        return Ref(_NAMESPACED[kind], intern(namespace), name)
    return Ref(_CLUSTER_SCOPED[kind], "", name) if kind in _CLUSTER_SCOPED else None


def _bound_volume(volume: Object) -> _Volume | None:
    claim = volume_claim(volume)
    if claim is None:
        return None
    return _Volume(claim, tuple(dict.fromkeys((Ref("persistentvolumes", "", name_of(volume)), *volume_secrets(volume)))))
