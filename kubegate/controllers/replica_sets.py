"""ReplicaSets and ReplicationControllers: as many pods as asked for.

Source: kubernetes ``pkg/controller/replicaset``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.controllers.events import Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, its_owner
from kubegate.controllers.pods import (
    adopt,
    deletion_rank,
    is_active,
    is_available,
    is_terminating,
    owned,
    pod_from_template,
    ready_since,
)
from kubegate.selectors.label_selector import from_object

_BURST = 500


@dataclass(frozen=True, slots=True)
class _Kind:
    resource: str
    path: str
    component: str


class ReplicaSets:
    """The reconciler."""

    def __init__(self, kind: _Kind, context: Context) -> None:
        self._kind = kind
        self._context = context
        self._events = Recorder(context, kind.component)

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(self._kind.resource, work.namespace, work.name)
        if found is None:
            return None
        owner = found if self._kind is _SETS else _with_label_selector(found)
        pods_path = f"/api/v1/namespaces/{work.namespace}/pods"
        pods = [pod for pod in adopt(self._context, "pods", pods_path, owner) if is_active(pod)]
        failure = ""
        if not found["metadata"].get("deletionTimestamp"):
            failure = self._scale(found, pods, pods_path)
            pods = [pod for pod in adopt(self._context, "pods", pods_path, owner) if is_active(pod)]
        self._report(found, owner, pods, failure, work)
        if failure:
            raise StatusError(Status(500, "", failure))
        return None

    def _scale(self, found: Object, pods: list[Object], path: str) -> str:
        """Create or delete pods; answers why a pod could not be made."""
        wanted = found["spec"].get("replicas")
        missing = (1 if wanted is None else wanted) - len(pods)
        for _ in range(min(missing, _BURST)):
            try:
                made = self._context.client.create(path, pod_from_template(found["spec"].get("template") or {}, found))
            except StatusError as error:
                self._events.report(found, "FailedCreate", f"Error creating: {error.status.message}", "Warning")
                return error.status.message
            self._events.report(found, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
        for pod in sorted(pods, key=deletion_rank)[: max(-missing, 0)]:
            name = pod["metadata"]["name"]
            self._context.client.delete(f"{path}/{name}", uid=pod["metadata"]["uid"])
            self._events.report(found, "SuccessfulDelete", f"Deleted pod: {name}")
        return ""

    def _report(self, found: Object, owner: Object, pods: list[Object], failure: str, work: Work) -> None:
        template = from_object(
            {"matchLabels": (owner["spec"].get("template") or {}).get("metadata", {}).get("labels") or {}}
        )
        seconds = found["spec"].get("minReadySeconds") or 0
        now = self._context.now()
        old = found.get("status") or {}
        status: Object = {
            "replicas": len(pods),
            "fullyLabeledReplicas": sum(template.matches(pod["metadata"].get("labels") or {}) for pod in pods),
            "readyReplicas": sum(bool(ready_since(pod)) for pod in pods),
            "availableReplicas": sum(is_available(pod, seconds, now) for pod in pods),
            "observedGeneration": found["metadata"].get("generation") or 0,
        }
        status = {key: value for key, value in status.items() if value or key == "replicas"}
        if self._kind is _SETS:
            status["terminatingReplicas"] = sum(is_terminating(pod) for pod in owned(self._context, "pods", found))
        conditions = [c for c in old.get("conditions") or () if c["type"] != "ReplicaFailure"]
        if failure:
            known = next((c for c in old.get("conditions") or () if c["type"] == "ReplicaFailure"), None)
            condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": failure}
            time = known["lastTransitionTime"] if known else self._context.timestamp()
            conditions.append({**condition, "lastTransitionTime": time})
        if conditions:
            status["conditions"] = conditions
        if status != old:
            path = self._kind.path.format(work.namespace)
            self._context.client.update(f"{path}/{work.name}/status", {**found, "status": status})


def _with_label_selector(controller: Object) -> Object:
    """ReplicationControllers have a plain map as selector."""
    spec = controller["spec"]
    return {**controller, "spec": {**spec, "selector": {"matchLabels": spec.get("selector") or {}}}}


_SETS = _Kind("replicasets.apps", "/apis/apps/v1/namespaces/{}/replicasets", "replicaset-controller")
_CONTROLLERS = _Kind("replicationcontrollers", "/api/v1/namespaces/{}/replicationcontrollers", "replication-controller")

REPLICA_SETS = Controller(
    "replicaset-controller",
    "replicaset-controller",
    (Source("replicasets.apps"), Source("pods", its_owner("ReplicaSet"))),
    partial(ReplicaSets, _SETS),
)
REPLICATION_CONTROLLERS = Controller(
    "replicationcontroller-controller",
    "replication-controller",
    (Source("replicationcontrollers"), Source("pods", its_owner("ReplicationController"))),
    partial(ReplicaSets, _CONTROLLERS),
)
