"""Pods as controllers see them: predicates, and making and deleting them from templates with the events that belong to it.

Source: kubernetes ``pkg/controller/controller_utils.go`` and ``pkg/api/v1/pod``.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.events import WARNING, Recorder
from kubegate.controllers.interface import Context, controller_of
from kubegate.selectors.label_selector import from_object
from kubegate.selectors.requirement import LabelSelector


def phase(pod: Object) -> str:
    """``status.phase``."""
    return (pod.get("status") or {}).get("phase") or ""


def deleting(obj: Object) -> bool:
    """Is the object being deleted?"""
    return bool(obj["metadata"].get("deletionTimestamp"))


def is_active(pod: Object) -> bool:
    """Neither ended nor being deleted."""
    return phase(pod) not in ("Succeeded", "Failed") and not deleting(pod)


def is_terminating(pod: Object) -> bool:
    """Is the pod being deleted, but not ended yet?"""
    return deleting(pod) and phase(pod) not in ("Succeeded", "Failed")


def condition(obj: Object, kind: str) -> Object | None:
    """The condition of this type."""
    return next((c for c in (obj.get("status") or {}).get("conditions") or () if c.get("type") == kind), None)


def is_true(obj: Object, kind: str) -> bool:
    """Does a condition of this type hold?"""
    found = condition(obj, kind)
    return found is not None and found.get("status") == "True"


def is_ready(pod: Object) -> bool:
    """Is the pod ready?"""
    return is_true(pod, "Ready")


def ready_since(pod: Object) -> datetime | None:
    """Since when the pod is ready; None if it is not."""
    found = condition(pod, "Ready")
    if found is None or found.get("status") != "True":
        return None
    return parse_time(found.get("lastTransitionTime")) or datetime.min.replace(tzinfo=UTC)


def is_available(pod: Object, min_ready_seconds: int, now: datetime) -> bool:
    """Has the pod been ready for long enough?"""
    since = ready_since(pod)
    return since is not None and (not min_ready_seconds or (now - since).total_seconds() >= min_ready_seconds)


def deletion_rank(pod: Object) -> tuple[Any, ...]:
    """Pods that rank lower are deleted first: unbound, pending, unknown, not ready, cheap to delete, ready for the
    shortest time, restarted most, youngest. Source: ``ActivePodsWithRanks``."""
    cost = (pod["metadata"].get("annotations") or {}).get("controller.kubernetes.io/pod-deletion-cost", "0")
    since = ready_since(pod)
    restarts = sum(c.get("restartCount") or 0 for c in (pod.get("status") or {}).get("containerStatuses") or ())
    return (
        bool((pod.get("spec") or {}).get("nodeName")),
        {"Pending": 0, "Unknown": 1}.get(phase(pod), 2),
        since is not None,
        int(cost) if cost.lstrip("-").isdigit() else 0,
        -since.timestamp() if since and since.year > 1 else 0.0,
        -restarts,
        _backwards(pod["metadata"].get("creationTimestamp") or ""),
    )


def _backwards(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)


def parse_time(text: str | None) -> datetime | None:
    """A time as objects carry it."""
    if not text:
        return None
    return datetime.fromisoformat(text).astimezone(UTC)


def owner_reference(owner: Object) -> Object:
    """A reference that says: controlled by."""
    meta = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from_template(template: Object, owner: Object, *, name: str = "", generate: str = "") -> Object:
    """A pod made from a template, called ``name`` or something that begins with ``generate`` (else the owner's name)."""
    old = template.get("metadata") or {}
    meta: Object = {key: copy.deepcopy(old[key]) for key in ("labels", "annotations", "finalizers") if old.get(key)}
    meta |= {"name": name} if name else {"generateName": generate or f"{name_of(owner)}-"}
    meta |= {"namespace": namespace_of(owner), "ownerReferences": [owner_reference(owner)]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": copy.deepcopy(template.get("spec") or {})}


class PodControl:
    """Makes and deletes pods of an owner, and tells of it."""

    def __init__(self, context: Context, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder

    def create(self, pod: Object, owner: Object) -> Object:
        """Create a pod; raises `StatusError` after having told of it (not if its namespace is ending)."""
        try:
            made = self._context.client.create(f"/api/v1/namespaces/{namespace_of(owner)}/pods", pod)
        except StatusError as error:
            if not ending_namespace(error):
                self._recorder.report(owner, "FailedCreate", f"Error creating: {error.status.message}", WARNING)
            raise
        self._recorder.report(owner, "SuccessfulCreate", f"Created pod: {name_of(made)}")
        return made

    def delete(self, pod: Object, owner: Object) -> None:
        """Delete a pod."""
        namespace, name = namespace_of(pod), name_of(pod)
        try:
            self._context.client.delete(f"/api/v1/namespaces/{namespace}/pods/{name}", uid=pod["metadata"]["uid"])
        except StatusError as error:
            self._recorder.report(owner, "FailedDelete", f"Error deleting: {error.status.message}", WARNING)
            raise
        self._recorder.report(owner, "SuccessfulDelete", f"Deleted pod: {name}")


def ending_namespace(error: StatusError) -> bool:
    """Was something not created because its namespace is being deleted?"""
    causes = (error.status.details or {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


def owned(context: Context, resource: str, owner: Object) -> list[Object]:
    """The objects of a resource that ``owner`` controls."""
    uid = owner["metadata"]["uid"]
    found = context.list(resource, namespace_of(owner))
    return [obj for obj in found if (controller_of(obj) or {}).get("uid") == uid]


def adopt(context: Context, resource: str, path: str, owner: Object) -> list[Object]:
    """The objects in the collection at ``path`` that ``owner`` (which has a label selector) controls.

    Orphans that match are adopted unless owner or orphan are being deleted; what no longer matches is released. Source:
    ``pkg/controller/controller_ref_manager.go``."""
    selector = from_object(owner["spec"].get("selector"))
    claimed = [_claimed(context, path, owner, selector, obj) for obj in context.list(resource, namespace_of(owner))]
    return [obj for obj in claimed if obj is not None]


def _claimed(context: Context, path: str, owner: Object, selector: LabelSelector, obj: Object) -> Object | None:
    uid, held, fits = owner["metadata"]["uid"], controller_of(obj), selector.matches(labels_of(obj))
    meta: Object = {"uid": obj["metadata"]["uid"]}
    if held is not None:
        if held["uid"] != uid:
            return None
        if not fits and not deleting(owner):
            meta["ownerReferences"] = [{"$patch": "delete", "uid": uid}]
            _patch(context, f"{path}/{name_of(obj)}", {"metadata": meta})
        return obj if fits else None
    if deleting(owner) or not fits or deleting(obj):
        return None
    meta["ownerReferences"] = [owner_reference(owner)]
    return _patch(context, f"{path}/{name_of(obj)}", {"metadata": meta})


def _patch(context: Context, path: str, patch: Object) -> Object | None:
    try:
        return context.client.patch(path, patch, "application/strategic-merge-patch+json")
    except StatusError as error:
        if error.status.code in (404, 422):  # gone, or another one of that name
            return None
        raise
