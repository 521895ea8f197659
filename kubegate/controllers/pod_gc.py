"""Pods that nobody will ever take care of again are deleted (``pod-garbage-collector-controller``).

Those on nodes that are gone, those that are being deleted and never had a node, and ended ones beyond the threshold of
12500. Source: kubernetes ``pkg/controller/podgc``.
"""

from __future__ import annotations

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.conditions import with_condition
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import deleting, phase
from kubegate.store.interface import Event

_THRESHOLD = 12_500
_QUARANTINE = 40.0
"""Seconds for which a node must be missing."""

_PERIOD = 20.0


class PodGarbageCollector:
    """The reconciler; its work is always the whole."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._missing: dict[str, float] = {}

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        pods, nodes = self._context.list("pods"), {name_of(node) for node in self._context.list("nodes")}
        self._ended([pod for pod in pods if phase(pod) in ("Succeeded", "Failed") and not deleting(pod)])
        homes = {pod["spec"].get("nodeName") for pod in pods} - nodes - {None, ""}
        now = self._context.now().timestamp()
        self._missing = {name: self._missing.get(name, now) for name in homes}
        gone = {name for name, since in self._missing.items() if now - since >= _QUARANTINE}
        for pod in pods:
            node = pod["spec"].get("nodeName")
            if node in gone:
                self._fail(pod)
                self._delete(pod)
            elif not node and deleting(pod):
                self._delete(pod)
        return _PERIOD

    def _ended(self, pods: list[Object]) -> None:
        extra = len(pods) - _THRESHOLD
        for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))[: max(extra, 0)]:
            self._delete(pod)

    def _fail(self, pod: Object) -> None:
        """A pod that was running says why it does not any more."""
        if phase(pod) in ("Succeeded", "Failed"):
            return
        condition = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByPodGC",
            "message": "PodGC: node no longer exists",
            "lastTransitionTime": self._context.timestamp(),
        }
        conditions = with_condition((pod.get("status") or {}).get("conditions"), condition)
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}/status"
        try:
            self._context.client.patch(
                path, {"status": {"phase": "Failed", "conditions": conditions}}, "application/strategic-merge-patch+json"
            )
        except StatusError as error:
            if error.status.code != 404:
                raise

    def _delete(self, pod: Object) -> None:
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}"
        self._context.client.delete(path, uid=pod["metadata"]["uid"], grace=0)


def _whole(event: Event) -> tuple[Work, ...]:
    return (Work("", "pods"),)


CONTROLLER = Controller(
    "pod-garbage-collector-controller", "pod-garbage-collector", (Source("namespaces", _whole),), PodGarbageCollector
)
