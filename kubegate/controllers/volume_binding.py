"""Claims get volumes that are there (``persistentvolume-binder-controller``).

Volumes are neither made nor wiped here: external provisioners do that, and are asked to. Source: kubernetes
``pkg/controller/volume/persistentvolume``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from kubegate.api.names import Object, annotations_of, labels_of, name_of, namespace_of
from kubegate.api.quantity import Quantity
from kubegate.controllers.events import NORMAL, WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import deleting, phase
from kubegate.selectors.label_selector import from_object
from kubegate.store.interface import Event

_CLAIMS, _VOLUMES = "persistentvolumeclaims", "persistentvolumes"
_COMPLETED, _BY_CONTROLLER = "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller"
_BETA_CLASS, _SELECTED_NODE = "volume.beta.kubernetes.io/storage-class", "volume.kubernetes.io/selected-node"
_PROVISIONERS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")
_EXTERNAL = (
    "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system administrator. "
    "If volume creation is delayed, please verify that the provisioner is running and correctly registered."
)


class Binder:
    """The reconciler; work with a namespace is a claim, without one a volume."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "persistentvolume-controller")

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        if work.namespace:
            claim = self._context.get(_CLAIMS, work.namespace, work.name)
            if claim is not None and not deleting(claim):
                self._claim(claim)
            return
        volume = self._context.get(_VOLUMES, "", work.name)
        if volume is not None and not deleting(volume):
            self._volume(volume)

    def _claim(self, claim: Object) -> None:
        wanted = claim["spec"].get("volumeName")
        if not wanted:
            volume = self._best(claim)
            if volume is None:
                self._wait(claim)
            else:
                self._bind(claim, volume)
            return
        volume = self._context.get(_VOLUMES, "", wanted)
        if volume is None:
            if annotations_of(claim).get(_COMPLETED):
                self._lose(claim)
        elif _refers(volume, claim) or not volume["spec"].get("claimRef"):
            self._bind(claim, volume)
        elif not annotations_of(claim).get(_COMPLETED):
            text = f'volume "{wanted}" already bound to a different claim.'
            self._events.report(claim, "FailedBinding", text, WARNING)

    def _best(self, claim: Object) -> Object | None:
        """The volume meant for the claim, or the smallest one that does."""
        volumes = [v for v in self._context.list(_VOLUMES) if not deleting(v)]
        if (own := next((v for v in volumes if _refers(v, claim)), None)) is not None:
            return own
        if self._delayed(claim):
            return None
        fitting = [v for v in volumes if not v["spec"].get("claimRef") and phase(v) == "Available" and _fits(v, claim)]
        return min(fitting, key=_capacity, default=None)

    def _class(self, claim: Object) -> Object | None:
        return self._context.get("storageclasses.storage.k8s.io", "", class_of(claim))

    def _delayed(self, claim: Object) -> bool:
        """Is the claim to wait until a pod with it has a node?"""
        found = self._class(claim)
        waits = found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"
        return waits and _SELECTED_NODE not in annotations_of(claim)

    def _wait(self, claim: Object) -> None:
        name = class_of(claim)
        if self._delayed(claim):
            text = "waiting for first consumer to be created before binding"
            self._events.report(claim, "WaitForFirstConsumer", text, NORMAL)
        elif not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._events.report(claim, "FailedBinding", text, NORMAL)
        elif (found := self._class(claim)) is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self._events.report(claim, "ProvisioningFailed", text, WARNING)
        else:
            self._ask(claim, found["provisioner"])

    def _ask(self, claim: Object, provisioner: str) -> None:
        if provisioner == "kubernetes.io/no-provisioner":
            text = "no volume plugin matched name: kubernetes.io/no-provisioner"
            self._events.report(claim, "ProvisioningFailed", text, WARNING)
            return
        notes = {**annotations_of(claim), **dict.fromkeys(_PROVISIONERS, provisioner)}
        if notes != annotations_of(claim):
            changed = {**claim, "metadata": {**claim["metadata"], "annotations": notes}}
            self._context.client.update(_path(claim), changed)
        self._events.report(claim, "ExternalProvisioning", _EXTERNAL.format(provisioner), NORMAL)

    def _bind(self, claim: Object, volume: Object) -> None:
        """Tie volume and claim to each other; each step may have been done before."""
        meta, reference = claim["metadata"], volume["spec"].get("claimRef")
        if not reference or not reference.get("uid"):
            changed = copy.deepcopy(volume)
            wanted = {"kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"]}
            wanted |= {"uid": meta["uid"], "apiVersion": "v1", "resourceVersion": meta["resourceVersion"]}
            changed["spec"]["claimRef"] = wanted
            if not reference:
                changed["metadata"]["annotations"] = {**annotations_of(volume), _BY_CONTROLLER: "yes"}
            volume = self._context.client.update(f"/api/v1/persistentvolumes/{name_of(volume)}", changed)
        self._phase(volume, "Bound")
        notes = {**annotations_of(claim), _COMPLETED: "yes"}
        changed = copy.deepcopy(claim)
        if not claim["spec"].get("volumeName"):
            changed["spec"]["volumeName"] = name_of(volume)
            notes[_BY_CONTROLLER] = "yes"
        changed["metadata"]["annotations"] = notes
        if changed != claim:
            claim = self._context.client.update(_path(claim), changed)
        status = {**(claim.get("status") or {}), "phase": "Bound", "accessModes": volume["spec"].get("accessModes")}
        status["capacity"] = (claim.get("status") or {}).get("capacity") or {
            "storage": volume["spec"]["capacity"]["storage"]
        }
        if status != claim.get("status"):
            self._context.client.update(f"{_path(claim)}/status", {**claim, "status": status})

    def _lose(self, claim: Object) -> None:
        if phase(claim) == "Lost":
            return
        self._context.client.update(f"{_path(claim)}/status", {**claim, "status": {"phase": "Lost"}})
        text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        self._events.report(claim, "ClaimLost", text, WARNING)

    def _volume(self, volume: Object) -> None:
        reference = volume["spec"].get("claimRef")
        if not reference or not reference.get("uid"):
            self._phase(volume, "Available")
            return
        claim = self._context.get(_CLAIMS, reference["namespace"], reference["name"])
        if claim is None or claim["metadata"]["uid"] != reference["uid"]:
            self._phase(volume, "Released")

    def _phase(self, volume: Object, wanted: str) -> None:
        if phase(volume) != wanted and not (phase(volume) == "Failed" and wanted == "Released"):
            path = f"/api/v1/persistentvolumes/{name_of(volume)}/status"
            self._context.client.update(path, {**volume, "status": {"phase": wanted}})


def class_of(obj: Object) -> str:
    """The storage class of a claim or volume ("" if none)."""
    note = annotations_of(obj).get(_BETA_CLASS)
    return note if note is not None else obj["spec"].get("storageClassName") or ""


def _path(claim: Object) -> str:
    return f"/api/v1/namespaces/{namespace_of(claim)}/persistentvolumeclaims/{name_of(claim)}"


def _refers(volume: Object, claim: Object) -> bool:
    """Is the volume meant for the claim?"""
    reference = volume["spec"].get("claimRef") or {}
    same = (reference.get("namespace"), reference.get("name")) == (namespace_of(claim), name_of(claim))
    return same and reference.get("uid") in (None, "", claim["metadata"]["uid"])


def _fits(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    if class_of(volume) != class_of(claim) or not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if (spec.get("volumeAttributesClassName") or "") != (wanted.get("volumeAttributesClassName") or ""):
        return False
    if wanted.get("selector") is not None and not from_object(wanted["selector"]).matches(labels_of(volume)):
        return False
    size = ((wanted.get("resources") or {}).get("requests") or {}).get("storage", "0")
    return _capacity(volume) >= Quantity.parse(str(size))


def _capacity(volume: Object) -> Quantity:
    return Quantity.parse(str((volume["spec"].get("capacity") or {}).get("storage", "0")))


def _bound_to(event: Event) -> Iterable[Work]:
    """The claim, and the volume it has or had."""
    key, claim = event.stored.key, event.stored.object
    yield Work(key.namespace, key.name)
    if name := claim["spec"].get("volumeName"):
        yield Work("", name)


def _volume_and_claim(event: Event) -> Iterable[Work]:
    yield Work("", event.stored.key.name)
    reference = event.stored.object["spec"].get("claimRef")
    if reference:
        yield Work(reference["namespace"], reference["name"])


CONTROLLER = Controller(
    "persistentvolume-binder-controller",
    "persistent-volume-binder",
    (Source(_CLAIMS, _bound_to), Source(_VOLUMES, _volume_and_claim)),
    Binder,
    resync=15.0,
)
