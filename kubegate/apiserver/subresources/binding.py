"""``pods/NAME/binding`` and ``bindings``: put a pod on a node.

Source: ``pkg/registry/core/pod/storage`` (BindingREST) and ``pkg/apis/core/validation`` (ValidatePodBinding).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.api import status as statuses
from kubegate.api.field_errors import aggregate, not_supported, required
from kubegate.api.go import quote
from kubegate.api.names import GroupVersionResource, Object, metadata, name_of
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.handlers.api import Api, Endpoint
from kubegate.apiserver.rest.parts import Call, Parts, timestamp
from kubegate.apiserver.subresources.creating import Validate, creating, success
from kubegate.errors import Conflict
from kubegate.store.interface import Key

_PODS = GroupVersionResource("", "v1", "pods")


def endpoint() -> Endpoint:
    """POST of a Binding."""
    return creating(_bind)


def _bind(api: Api, call: Call, binding: Object, validate: Validate) -> Object:
    if call.subresource and name_of(binding) != call.name:
        raise StatusError(statuses.bad_request("name in URL does not match name in Binding object"))
    target = binding.get("target") or {}
    errors = []
    if target.get("kind") and target["kind"] != "Node":
        errors.append(not_supported("target.kind", target["kind"], ["Node", "<empty>"]))
    if not target.get("name"):
        errors.append(required("target.name"))
    if errors:
        raise StatusError(Status(500, "", aggregate(errors)))
    validate()
    assign(api.parts, replace(call, name=name_of(binding)), binding)
    return success()


def assign(parts: Parts, call: Call, binding: Object) -> None:
    """Write the node into the pod; raises 404, or 409 if it has one, is being deleted or is gated."""
    key = Key("pods", call.namespace, call.name)
    while True:
        stored = parts.store.get(key)
        if stored is None:
            raise StatusError(statuses.not_found("", "pods", call.name))
        pod = _assigned(stored.object, binding, timestamp(parts.now()))
        if call.dry_run:
            return
        try:
            parts.store.update(key, pod, expected=stored.revision)
        except Conflict:
            continue
        return


def _assigned(pod: Object, binding: Object, now: str) -> Object:
    meta, spec, name = dict(metadata(pod)), dict(pod.get("spec") or {}), name_of(pod)
    wanted = metadata(binding).get("uid")
    if wanted and wanted != meta.get("uid"):
        raise _refused(name, f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {meta.get('uid')}")
    if meta.get("deletionTimestamp"):
        raise _refused(name, f"pod {name} is being deleted, cannot be assigned to a host")
    if spec.get("nodeName"):
        raise _refused(name, f"pod {name} is already assigned to node {quote(spec['nodeName'])}")
    if spec.get("schedulingGates"):
        raise _refused(name, f"pod {name} has non-empty .spec.schedulingGates")
    spec["nodeName"] = (binding.get("target") or {})["name"]
    if annotations := metadata(binding).get("annotations"):
        meta["annotations"] = {**(meta.get("annotations") or {}), **annotations}
    if labels := metadata(binding).get("labels"):
        meta["labels"] = {**(meta.get("labels") or {}), **labels}
    return {**pod, "metadata": meta, "spec": spec, "status": _scheduled(pod.get("status") or {}, now, meta)}


def _refused(name: str, why: str) -> StatusError:
    return StatusError(statuses.conflict("", "pods/binding", name, why))


def _scheduled(status: Object, now: str, meta: Object) -> Object:
    found: list[dict[str, Any]] = list(status.get("conditions") or ())
    old = next((condition for condition in found if condition.get("type") == "PodScheduled"), None)
    if old is not None and old.get("status") == "True":
        return status
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    if old is None:
        return {**status, "conditions": [*found, condition]}
    return {**status, "conditions": [condition if entry is old else entry for entry in found]}
