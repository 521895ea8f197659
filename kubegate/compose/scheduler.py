"""The scheduler as a part of the server: fed by the store's event stream, acting through the API."""

from __future__ import annotations

import logging
import queue
import threading
import time
from contextlib import ExitStack

from kubegate.api.names import Object
from kubegate.compose.internal_client import MERGE_PATCH, InternalClient
from kubegate.compose.surroundings import Surroundings
from kubegate.scheduler.changes import WATCHED
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.scheduler import Scheduler
from kubegate.store.interface import Event, EventType, Store

USER = "system:kube-scheduler"
_LOG = logging.getLogger(__name__)
_LONGEST_WAIT = 5.0


class SchedulerApi:
    """Implements `scheduler.interface.Api`."""

    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def bind(self, pod: PodInfo, node_name: str) -> None:
        """See `Api.bind`."""
        meta = {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid}
        target = {"kind": "Node", "name": node_name}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": meta, "target": target}
        self._client.create(f"{_pod_path(pod)}/binding", binding)

    def patch_status(self, pod: PodInfo, patch: Object) -> None:
        """See `Api.patch_status`."""
        self._client.patch(f"{_pod_path(pod)}/status", {"metadata": {"uid": pod.uid}, "status": patch})

    def delete_pod(self, pod: PodInfo) -> None:
        """See `Api.delete_pod`."""
        self._client.delete(_pod_path(pod), uid=pod.uid)

    def create_event(self, event: Object) -> None:
        """See `Api.create_event`."""
        namespace = event["metadata"]["namespace"]
        self._client.create(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events", event)

    def patch(self, resource: str, namespace: str, name: str, patch: Object) -> None:
        """See `Api.patch`."""
        where = f"namespaces/{namespace}/" if namespace else ""
        self._client.patch(f"/api/v1/{where}{resource}/{name}", patch, MERGE_PATCH)


def _pod_path(pod: PodInfo) -> str:
    return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"


class SchedulerThread:
    """Runs a scheduler in a thread of its own, between `start` and `stop`."""

    def __init__(self, store: Store, client: InternalClient, surroundings: Surroundings | None = None) -> None:
        self._store = store
        world = surroundings or Surroundings()
        self._scheduler = Scheduler(SchedulerApi(client), time.monotonic, now=world.now, random=world.random)
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._seen: dict[str, int] = {}
        self._ended = threading.Event()
        self._subscriptions = ExitStack()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Follow the store from now on. Every resource is listed once; older events of it are skipped."""
        self._subscriptions.callback(self._store.subscribe("", self._note))
        for resource in WATCHED:
            page = self._store.list(resource)
            self._seen[resource] = page.revision
            for stored in page.items:
                self._scheduler.observe(resource, stored.object)
        self._thread.start()

    def stop(self) -> None:
        """End; a decision under way is finished."""
        self._ended.set()
        self._subscriptions.close()
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=_LONGEST_WAIT)

    def _note(self, event: Event) -> None:
        if event.stored.key.resource in WATCHED:
            self._events.put(event)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._take_in()
                if not self._ended.is_set():
                    self._scheduler.step()
            except Exception:  # noqa: BLE001 - the outermost guard of a thread: a bug is logged and must not end scheduling
                _LOG.exception("scheduler")

    def _take_in(self) -> None:
        """Wait for something to do, and take in all that happened."""
        idle = self._scheduler.idle_seconds()
        wait = _LONGEST_WAIT if idle is None else min(idle, _LONGEST_WAIT)
        try:
            event = self._events.get(timeout=wait) if wait else self._events.get_nowait()
            while event is not None:
                self._apply(event)
                event = self._events.get_nowait()
        except queue.Empty:
            return

    def _apply(self, event: Event) -> None:
        stored = event.stored
        if stored.revision > self._seen[stored.key.resource]:
            self._scheduler.observe(stored.key.resource, stored.object, deleted=event.type is EventType.DELETED)
