"""Which node has to do with which object, kept up to date object by object.

::

    node <- pod <- secret, configmap, service account, resource claim, persistent volume claim
    claim <- persistent volume <- secret
    node <- volume attachment, resource slice, pod certificate request

Reading takes no lock: single dictionary look-ups. Changes are serialised.
Source: kubernetes ``plugin/pkg/auth/authorizer/node/graph.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.authz.node.references import Ref, pod_references, volume_claim, volume_secrets

_BOUND_BY_SPEC = {
    "VolumeAttachment": "volumeattachments",
    "ResourceSlice": "resourceslices",
    "PodCertificateRequest": "podcertificaterequests",
}
KINDS = ("Pod", "PersistentVolume", *_BOUND_BY_SPEC)


class Graph:
    """Feed it with `upsert` and `remove`, ask it with `related`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Ref, tuple[str, tuple[Ref, ...]]] = {}  # pod or other bound object -> its node, what it refers to
        self._nodes: dict[Ref, dict[str, int]] = {}  # object -> nodes that need it, with the number of paths
        self._volumes: dict[str, tuple[Ref, tuple[Ref, ...]]] = {}  # volume -> its claim, its secrets
        self._volumes_of: dict[Ref, dict[str, None]] = {}  # secret -> volumes that need it

    def upsert(self, obj: Object) -> None:
        """Take an object in, or its new version; other kinds are left alone."""
        kind = obj.get("kind")
        with self._lock:
            if kind == "Pod":
                self._pod(obj)
            elif kind == "PersistentVolume":
                self._volume(name_of(obj), obj)
            elif kind in _BOUND_BY_SPEC:
                ref = Ref(_BOUND_BY_SPEC[kind], namespace_of(obj), name_of(obj))
                self._hold(ref, (obj.get("spec") or {}).get("nodeName") or "", ())

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget an object; unknown ones are no error."""
        with self._lock:
            if kind == "Pod":
                self._hold(Ref("pods", namespace, name), "", ())
            elif kind == "PersistentVolume":
                self._volume(name, None)
            elif kind in _BOUND_BY_SPEC:
                self._hold(Ref(_BOUND_BY_SPEC[kind], namespace, name), "", ())

    def related(self, node: str, ref: Ref) -> bool:
        """Is there a path from the object to the node?"""
        nodes = self._nodes.get(ref)
        if nodes is not None and node in nodes:
            return True
        if ref.resource == "persistentvolumes":
            volume = self._volumes.get(ref.name)
            return volume is not None and self.related(node, volume[0])
        if ref.resource == "secrets":
            for name in tuple(self._volumes_of.get(ref, ())):
                volume = self._volumes.get(name)
                if volume is not None and self.related(node, volume[0]):
                    return True
        return False

    def nodes(self) -> set[str]:
        """The nodes that something is bound to."""
        return {node for node, _ in list(self._held.values())}

    def relations(self) -> Iterator[tuple[str, Ref]]:
        """Every node with every object from which there is a path to it; some twice."""
        for ref, nodes in list(self._nodes.items()):
            yield from ((node, ref) for node in nodes)
        for name, (claim, secrets) in list(self._volumes.items()):
            for node in self._nodes.get(claim, ()):
                yield node, Ref("persistentvolumes", "", name)
                yield from ((node, secret) for secret in secrets)

    def _pod(self, pod: Object) -> None:
        node = (pod.get("spec") or {}).get("nodeName") or ""
        ref = Ref("pods", namespace_of(pod), name_of(pod))
        self._hold(ref, node, tuple(dict.fromkeys(pod_references(pod))) if node else ())

    def _hold(self, ref: Ref, node: str, references: tuple[Ref, ...]) -> None:
        """Set the node of an object and what it needs there; no node: the object goes."""
        old = self._held.get(ref)
        if node:
            self._held[ref] = (node, references)
            # The new is counted before the old is discounted: nobody sees an object without its node in between.
            for needed in (ref, *references):
                nodes = self._nodes.setdefault(needed, {})
                nodes[node] = nodes.get(node, 0) + 1
        elif old is not None:
            del self._held[ref]
        if old is not None:
            for needed in (ref, *old[1]):
                self._discount(needed, old[0])

    def _discount(self, ref: Ref, node: str) -> None:
        nodes = self._nodes[ref]
        if nodes[node] > 1:
            nodes[node] -= 1
            return
        del nodes[node]
        if not nodes:
            del self._nodes[ref]

    def _volume(self, name: str, volume: Object | None) -> None:
        old = self._volumes.pop(name, None)
        for secret in old[1] if old else ():
            holders = self._volumes_of[secret]
            holders.pop(name, None)
            if not holders:
                del self._volumes_of[secret]
        claim = volume_claim(volume) if volume is not None else None
        if volume is None or claim is None:
            return
        secrets = tuple(dict.fromkeys(volume_secrets(volume)))
        self._volumes[name] = (claim, secrets)
        for secret in secrets:
            self._volumes_of.setdefault(secret, {})[name] = None
