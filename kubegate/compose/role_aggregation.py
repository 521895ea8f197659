"""The controller of aggregated ClusterRoles as a part of the server: fed by the store's events, acting through the API."""

from __future__ import annotations

import logging
import queue
import threading
from contextlib import ExitStack

from kubegate.api.apply.request import APPLY_PATCH
from kubegate.api.names import Object, name_of
from kubegate.api.status import StatusError
from kubegate.authz.rbac.aggregation import CONTROLLER
from kubegate.compose.internal_client import InternalClient
from kubegate.controllers.cluster_role_aggregation import outdated
from kubegate.store.interface import Event, Store

_RESOURCE = "clusterroles.rbac.authorization.k8s.io"
_PATH = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
_OPTIONS = f"fieldManager={CONTROLLER}&force=true"
_RETRY_SECONDS = 0.5
_END_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


class RoleAggregationThread:
    """Runs the controller in a thread of its own, between `start` and `stop`."""

    def __init__(self, store: Store, client: InternalClient) -> None:
        self._store = store
        self._client = client
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._subscriptions = ExitStack()
        self._thread = threading.Thread(target=self._run, name="cluster-role-aggregation", daemon=True)

    def start(self) -> None:
        """Follow the roles from now on."""
        self._subscriptions.callback(self._store.subscribe(_RESOURCE, self._events.put))
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._subscriptions.close()
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=_END_SECONDS)

    def _run(self) -> None:
        settled = False
        while not self._ended.is_set():
            if not settled:
                settled = self._settle()
            try:
                self._events.get(timeout=None if settled else _RETRY_SECONDS)
            except queue.Empty:
                continue
            self._drain()
            settled = False

    def _drain(self) -> None:
        """Many events are one occasion."""
        while True:
            try:
                self._events.get_nowait()
            except queue.Empty:
                return

    def _settle(self) -> bool:
        """Write what is outdated; False if something could not be written, and is to be tried again."""
        done = True
        for role in outdated([stored.object for stored in self._store.list(_RESOURCE).items]):
            try:
                self._client.patch(f"{_PATH}/{name_of(role)}?{_OPTIONS}", _applied(role), APPLY_PATCH)
            except StatusError as error:
                done = False
                _LOG.debug("aggregated role %s: %s", name_of(role), error)
            except Exception:  # noqa: BLE001 - the outermost guard of a thread: a bug is logged and must not end the controller
                done = False
                _LOG.exception("aggregated role %s", name_of(role))
        return done


def _applied(role: Object) -> Object:
    """What the controller says about the role: its rules, or nothing."""
    rules = {"rules": role["rules"]} if role["rules"] else {}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name_of(role)},
        **rules,
    }
