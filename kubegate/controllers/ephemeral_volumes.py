"""Claims of the volumes that live as long as their pod (``ephemeral-volume-controller``).

A claim belongs to its pod, which takes it along; it is called by the names of pod and volume, and one that somebody else
called so is left alone. Source: kubernetes ``pkg/controller/volume/ephemeral``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.events import WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, controller_of
from kubegate.controllers.pods import deleting, ending_namespace, owner_reference
from kubegate.store.interface import Event, EventType

_CLAIMS = "persistentvolumeclaims"
_AGAIN = 60.0
"""When to look whether the claim of somebody else is still there, in seconds."""


class EphemeralVolumes:
    """The reconciler of pods."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recorder = Recorder(context, "ephemeral_volume")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        pod = self._context.get("pods", work.namespace, work.name)
        if pod is None or deleting(pod):
            return None
        kept = [self._keep(pod, volume) for volume in _ephemeral(pod)]
        return None if all(kept) else _AGAIN

    def _keep(self, pod: Object, volume: Object) -> bool:
        """Whether the volume has its claim now, and not that of somebody else."""
        claim = _claim(pod, volume)
        found = self._context.get(_CLAIMS, namespace_of(pod), name_of(claim))
        if found is not None:
            if (controller_of(found) or {}).get("uid") == pod["metadata"]["uid"]:
                return True
            names = (f"{namespace_of(pod)}/{name}" for name in (name_of(claim), name_of(pod)))
            self._tell(pod, volume, "PVC {} was not created for pod {} (pod is not owner)".format(*names))
            return False
        try:
            self._context.client.create(f"/api/v1/namespaces/{namespace_of(pod)}/{_CLAIMS}", claim)
        except StatusError as error:
            if not ending_namespace(error):
                self._tell(pod, volume, f"create PVC {name_of(claim)}: {error.status.message}")
            raise
        return True

    def _tell(self, pod: Object, volume: Object, problem: str) -> None:
        self._recorder.report(pod, "FailedBinding", f"ephemeral volume {volume['name']}: {problem}", WARNING)


def _ephemeral(pod: Object) -> Iterator[Object]:
    return (volume for volume in (pod.get("spec") or {}).get("volumes") or () if volume.get("ephemeral") is not None)


def _claim(pod: Object, volume: Object) -> Object:
    template = volume["ephemeral"]["volumeClaimTemplate"]
    old = template.get("metadata") or {}
    meta = {key: copy.deepcopy(old[key]) for key in ("labels", "annotations") if old.get(key)}
    meta |= {"name": f"{name_of(pod)}-{volume['name']}", "ownerReferences": [owner_reference(pod)]}
    return {"metadata": meta, "spec": copy.deepcopy(template["spec"])}


def _with_volumes(event: Event) -> Iterable[Work]:
    pod = event.stored.object
    return [Work(namespace_of(pod), name_of(pod))] if any(_ephemeral(pod)) else []


def _owner_of_deleted(event: Event) -> Iterable[Work]:
    owner = controller_of(event.stored.object) if event.type is EventType.DELETED else None
    if owner is None or owner.get("kind") != "Pod":
        return []
    return [Work(event.stored.key.namespace, owner["name"])]


CONTROLLER = Controller(
    "ephemeral-volume-controller",
    "ephemeral-volume-controller",
    (Source("pods", _with_volumes), Source(_CLAIMS, _owner_of_deleted)),
    EphemeralVolumes,
)
