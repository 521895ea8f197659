"""Pods that do not tolerate what keeps their node from running them are deleted (``taint-eviction-controller``).

Source: kubernetes ``pkg/controller/tainteviction``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.conditions import with_condition
from kubegate.controllers.events import NORMAL, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.node_fit import tolerates
from kubegate.controllers.pods import deleting, parse_time
from kubegate.store.interface import Event

_NO_EXECUTE = "NoExecute"


class TaintEviction:
    """The reconciler; work with a namespace is a pod, without one a node."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "taint-eviction-controller")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        if work.namespace:
            pod = self._context.get("pods", work.namespace, work.name)
            return self._pod(pod) if pod is not None else None
        waits = [self._pod(p) for p in self._context.list("pods") if (p.get("spec") or {}).get("nodeName") == work.name]
        return min((wait for wait in waits if wait is not None), default=None)

    def _pod(self, pod: Object) -> float | None:
        spec = pod.get("spec") or {}
        node = self._context.get("nodes", "", spec["nodeName"]) if spec.get("nodeName") else None
        if node is None or deleting(pod):
            return None
        taints = [t for t in (node.get("spec") or {}).get("taints") or () if t["effect"] == _NO_EXECUTE]
        now = self._context.now()
        left = seconds_left(taints, spec.get("tolerations") or (), now)
        if left is None or left > 0:
            return left
        self._evict(pod)
        return None

    def _evict(self, pod: Object) -> None:
        namespace, name = namespace_of(pod), name_of(pod)
        self._events.report(pod, "TaintManagerEviction", f"Marking for deletion Pod {namespace}/{name}", NORMAL)
        wanted = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "lastTransitionTime": self._context.timestamp(),
        }
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        conditions = with_condition((pod.get("status") or {}).get("conditions"), wanted)
        try:
            patch = {"status": {"conditions": conditions}}
            self._context.client.patch(f"{path}/status", patch, "application/strategic-merge-patch+json")
        except StatusError as error:
            if error.status.code != 404:
                raise
        self._context.client.delete(path, uid=pod["metadata"]["uid"])


def seconds_left(taints: Sequence[Object], tolerations: Iterable[Object], now: datetime) -> float | None:
    """For how long the taints are tolerated; None: for ever. The shortest toleration counts."""
    held = list(tolerations)
    if not taints:
        return None
    ends = []
    for taint in taints:
        fitting = [toleration for toleration in held if tolerates(toleration, taint)]
        if not fitting:
            return 0.0
        since = parse_time(taint.get("timeAdded")) or now
        gone = (now - since).total_seconds()
        limits = [t["tolerationSeconds"] for t in fitting if t.get("tolerationSeconds") is not None]
        ends += [max(limit, 0) - gone for limit in limits]
    return max(min(ends), 0.0) if ends else None


def _tainted(event: Event) -> Iterable[Work]:
    yield Work("", event.stored.key.name)


CONTROLLER = Controller(
    "taint-eviction-controller", "node-controller", (Source("nodes", _tainted), Source("pods")), TaintEviction
)
