"""Hollow nodes as a part of the server: each asks the API as itself."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import NODES
from kubegate.compose.internal_client import MERGE_PATCH, InternalClient
from kubegate.compose.surroundings import utc_now
from kubegate.controllers.hollow_nodes import HollowNodes
from kubegate.store.interface import Event, EventType, Store

CONTROLLER = "system:serviceaccount:kube-system:node-controller"
_CONTROLLER_GROUPS = ("system:serviceaccounts", "system:serviceaccounts:kube-system")
_NOT_READY = "node.kubernetes.io/not-ready"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_TICK_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


class HollowNodeApi:
    """Implements `controllers.hollow_nodes.NodeApi`; ``client`` makes a client for a user and groups."""

    def __init__(self, client: Callable[..., InternalClient]) -> None:
        self._client = client
        self._controller = client(CONTROLLER, *_CONTROLLER_GROUPS)

    def _as(self, node: str) -> InternalClient:
        return self._client(f"system:node:{node}", NODES, agent="kubelet")

    def register(self, node: Object) -> None:
        """See `NodeApi.register`."""
        client = self._as(name_of(node))
        if client.get(f"/api/v1/nodes/{name_of(node)}") is None:
            client.create("/api/v1/nodes", node)

    def patch_node_status(self, name: str, status: Object) -> None:
        """See `NodeApi.patch_node_status`."""
        self._as(name).patch(f"/api/v1/nodes/{name}/status", {"status": status})

    def make_ready(self, name: str) -> None:
        """See `NodeApi.make_ready`."""
        found = self._controller.get(f"/api/v1/nodes/{name}") or {}
        taints = (found.get("spec") or {}).get("taints") or []
        kept = [taint for taint in taints if taint.get("key") != _NOT_READY]
        if kept != taints:
            self._controller.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": kept or None}}, MERGE_PATCH)

    def renew_lease(self, name: str, spec: Object) -> None:
        """See `NodeApi.renew_lease`."""
        client = self._as(name)
        lease = client.get(f"{_LEASES}/{name}")
        if lease is None:
            meta = {"name": name, "namespace": "kube-node-lease"}
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
            client.create(_LEASES, lease)
        else:
            client.update(f"{_LEASES}/{name}", {**lease, "spec": {**(lease.get("spec") or {}), **spec}})

    def patch_pod_status(self, node: str, pod: Object, status: Object) -> None:
        """See `NodeApi.patch_pod_status`."""
        patch = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": status}
        self._as(node).patch(f"{_pod_path(pod)}/status", patch)

    def remove_pod(self, node: str, pod: Object) -> None:
        """See `NodeApi.remove_pod`."""
        self._as(node).delete(_pod_path(pod), uid=pod["metadata"]["uid"], grace=0)


def _pod_path(pod: Object) -> str:
    return f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}"


class HollowNodesThread:
    """Runs hollow nodes in a thread of its own, between `start` and `stop`."""

    def __init__(
        self, count: int, store: Store, client: Callable[..., InternalClient], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._nodes = HollowNodes(count, HollowNodeApi(client), time.monotonic, now)
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._subscriptions = ExitStack()
        self._thread = threading.Thread(target=self._run, name="hollow-nodes", daemon=True)

    def start(self) -> None:
        """Follow the pods from now on."""
        self._subscriptions.callback(self._store.subscribe("pods", self._events.put))
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._subscriptions.close()
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=_TICK_SECONDS)

    def _run(self) -> None:
        self._nodes.register()
        for stored in self._store.list("pods").items:
            self._nodes.observe(stored.object)
        while not self._ended.is_set():
            try:
                self._nodes.tick()
                event = self._events.get(timeout=_TICK_SECONDS)
                if event is not None:
                    self._nodes.observe(event.stored.object, deleted=event.type is EventType.DELETED)
            except queue.Empty:
                continue
            except Exception:  # noqa: BLE001 - the outermost guard of a thread: a bug is logged and must not end the nodes
                _LOG.exception("hollow nodes")
