"""Namespaces and CustomResourceDefinitions end in two phases: DELETE marks them as terminating, and they are removed when
what they hold is gone.

Source: ``pkg/registry/core/namespace/storage`` and apiextensions ``pkg/registry/customresourcedefinition/etcd.go``.
"""

from __future__ import annotations

from datetime import datetime

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, metadata
from kubegate.api.status import StatusError
from kubegate.apiserver.rest.parts import Call, timestamp

NAMESPACES = "namespaces"
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


def applies(resource: Resource, obj: Object) -> bool:
    """True if a DELETE of this object begins its termination."""
    return resource.key in (NAMESPACES, DEFINITIONS) and not metadata(obj).get("deletionTimestamp")


def pending(resource: Resource, obj: Object) -> bool:
    """True if it is terminating and not ready to be removed: a further DELETE does nothing."""
    return resource.key == NAMESPACES and bool((obj.get("spec") or {}).get("finalizers"))


def check_preconditions(call: Call, obj: Object) -> None:
    """Raise 409 if uid or resourceVersion are not those that the client expects."""
    wanted, meta, gvr = call.options.get("preconditions") or {}, metadata(obj), call.resource.gvr
    for field, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        expected, found = wanted.get(field), meta.get(field)
        if expected is not None and expected != found:
            why = f"Precondition failed: {label} in precondition: {expected}, {label} in object meta: {found}"
            raise StatusError(statuses.conflict(gvr.group, gvr.resource, call.name, why))


def begin(call: Call, obj: Object, now: datetime) -> Object:
    """The object marked as terminating."""
    meta = {**metadata(obj), "deletionTimestamp": timestamp(now)}
    if call.resource.key == NAMESPACES:
        if orphan := _orphan_finalizer(call.options):
            meta["finalizers"] = [*(f for f in meta.get("finalizers") or () if f != "orphan"), *orphan]
        return {**obj, "metadata": meta, "status": {**(obj.get("status") or {}), "phase": "Terminating"}}
    finalizers = list(meta.get("finalizers") or ())
    meta["finalizers"] = finalizers if CLEANUP in finalizers else [*finalizers, CLEANUP]
    return {**obj, "metadata": meta, "status": _terminating(obj.get("status") or {}, now)}


def _orphan_finalizer(options: Object) -> list[str]:
    orphan = options.get("orphanDependents")
    return ["orphan"] if orphan or options.get("propagationPolicy") == "Orphan" else []


def _terminating(status: Object, now: datetime) -> Object:
    condition = {
        "type": "Terminating",
        "status": "True",
        "lastTransitionTime": timestamp(now),
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    }
    others = [found for found in status.get("conditions") or () if found.get("type") != "Terminating"]
    return {**status, "conditions": [*others, condition]}
