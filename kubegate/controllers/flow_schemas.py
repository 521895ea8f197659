"""Whether the priority level that a FlowSchema names exists: its condition ``Dangling``.

Part of the API server itself. Source: ``pkg/util/flowcontrol/apf_controller.go`` of k8s.io/apiserver.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.api.names import Object
from kubegate.controllers.interface import Context, Controller, Source, Work, own_key
from kubegate.store.interface import Event

_SCHEMAS = "flowschemas.flowcontrol.apiserver.k8s.io"
_LEVELS = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"
_API = "flowcontrol.apiserver.k8s.io/v1"
_OWNER = "api-priority-and-fairness-config-consumer-v1"
_APPLY = "application/apply-patch+yaml"
_DANGLING = "Dangling"


class FlowSchemas:
    """The reconciler; work without a name stands for every schema."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        found = [self._context.get(_SCHEMAS, "", work.name)] if work.name else self._context.list(_SCHEMAS)
        for schema in found:
            if schema is not None:
                self._judge(schema)

    def _judge(self, schema: Object) -> None:
        level = ((schema.get("spec") or {}).get("priorityLevelConfiguration") or {}).get("name") or ""
        exists = self._context.get(_LEVELS, "", level) is not None
        status = "False" if exists else "True"
        conditions = (schema.get("status") or {}).get("conditions") or ()
        if any(known.get("type") == _DANGLING and known.get("status") == status for known in conditions):
            return
        about = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}"'
        condition = {
            "type": _DANGLING,
            "status": status,
            "lastTransitionTime": self._context.timestamp(),
            "reason": "Found" if exists else "NotFound",
            "message": f"{about} and it exists" if exists else f"{about} but there is no such object",
        }
        name = schema["metadata"]["name"]
        applied = {
            "apiVersion": _API,
            "kind": "FlowSchema",
            "metadata": {"name": name, "uid": schema["metadata"]["uid"]},
            "status": {"conditions": [condition]},
        }
        query = f"fieldManager={_OWNER}&force=true"
        self._context.client.patch(f"/apis/{_API}/flowschemas/{name}/status?{query}", applied, _APPLY)


def _every_schema(event: Event) -> Iterable[Work]:
    yield Work("", "")


CONTROLLER = Controller(
    "priority-and-fairness-config-consumer",
    "",
    (Source(_SCHEMAS, own_key), Source(_LEVELS, _every_schema)),
    FlowSchemas,
    agent="kube-apiserver",
)
