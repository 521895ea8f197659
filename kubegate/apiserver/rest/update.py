"""Replace an object: PUT and every kind of PATCH.

Source: k8s.io/apiserver ``registry/generic/registry.Store.Update`` and ``rest.BeforeUpdate``.
"""

from __future__ import annotations

from typing import Protocol

from kubegate.admission.interface import Operation
from kubegate.api import status as statuses
from kubegate.api.field_errors import invalid
from kubegate.api.names import Object, metadata
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.rest import policies
from kubegate.apiserver.rest.create import check_guard, check_namespace, create
from kubegate.apiserver.rest.owner_references import remove_duplicate_owners
from kubegate.apiserver.rest.parts import Call, Parts, finished, shown, stored_form
from kubegate.apiserver.rest.preconditions import check_uid, parse_version
from kubegate.errors import Conflict
from kubegate.store.interface import Stored

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
_ATTEMPTS = 64
_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName")


class Change(Protocol):
    """What the update does: the new object from the current one (None: there is none; raise NotFound unless a create is
    meant). The answer must be a new object; it is decoded and defaulted."""

    def __call__(self, current: Object | None) -> Object: ...


def update(
    parts: Parts, call: Call, change: Change, *, create_missing: bool = False, applied: bool = False, same_uid: bool = False
) -> tuple[Object, bool]:
    """Apply ``change`` by compare-and-swap; the answer is the stored object and whether it was created.

    ``create_missing`` creates the object where there is none, beyond the resources that allow it anyway. ``applied``: the
    change is a server-side apply, which keeps managedFields itself. ``same_uid``: a uid in the object is a precondition.
    A lost race is tried again from what is there then: a patch applies to it, and an object that names the version it
    was read at is refused there.
    """
    for _ in range(_ATTEMPTS):
        stored = parts.store.get(call.key)
        current = shown(parts, call.resource, stored) if stored is not None else None
        obj = change(current)
        if same_uid:  # a patch names no precondition, and is looked at after admission only
            check_uid(call, str(metadata(obj).get("uid") or ""), current)
            remove_duplicate_owners(call, obj, after_admission=False)
        if stored is None or current is None:
            return _create(parts, call, obj, create_missing, applied), True
        obj = _managed_and_mutated(parts, call, obj, current, applied)
        check_guard(parts, call, obj, current)
        _check_version(call, obj, stored)
        obj = finished(call.resource, _finish(parts, call, obj, current))
        if call.dry_run:
            return obj, False
        try:
            return _write(parts, call, obj, stored), False
        except Conflict:
            continue
    raise StatusError(_modified(call))


def _modified(call: Call) -> Status:
    return statuses.conflict(call.resource.gvr.group, call.resource.gvr.resource, call.name, MODIFIED)


def _create(parts: Parts, call: Call, obj: Object, create_missing: bool, applied: bool) -> Object:
    if call.subresource or not (create_missing or policies.creates_on_update(call.resource)):
        raise StatusError(statuses.not_found(call.resource.gvr.group, call.resource.gvr.resource, call.name))
    if applied and (uid := metadata(obj).get("uid")):
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise StatusError(statuses.conflict(call.resource.gvr.group, call.resource.gvr.resource, call.name, why))
    registry = parts.registry_of(call.resource)
    if not applied:
        parts.fields.update(call.resource, call.subresource, None, obj, call.manager)
    review = call.review(Operation.CREATE, obj, None, update_to_create=True)
    call.admit(parts.admission.mutate, review)
    obj = review.object if review.object is not None else obj
    registry.default(call.resource.gvr, obj)
    return create(parts, call, obj, update_to_create=True)


def _managed_and_mutated(parts: Parts, call: Call, obj: Object, current: Object, applied: bool) -> Object:
    if not applied:
        parts.fields.update(call.resource, call.subresource, current, obj, call.manager)
    review = call.review(Operation.UPDATE, obj, current)
    call.admit(parts.admission.mutate, review)
    obj = review.object if review.object is not None else obj
    remove_duplicate_owners(call, obj, after_admission=True)
    parts.registry_of(call.resource).default(call.resource.gvr, obj)
    return obj


def _check_version(call: Call, obj: Object, stored: Stored) -> None:
    """Refuse an update of a version that is not the stored one; some resources must name a version."""
    version = parse_version(str(metadata(obj).get("resourceVersion") or "0"))
    if version == 0:
        if policies.updates_unconditionally(call.resource):
            return
        gvr = call.resource.gvr
        error = invalid("metadata.resourceVersion", 0, "must be specified for an update")
        # Named by the resource, not by the kind: the store knows no kinds.
        raise StatusError(statuses.invalid(gvr.group, gvr.resource, call.name, [error]))
    if version != stored.revision:
        raise StatusError(_modified(call))


def _finish(parts: Parts, call: Call, obj: Object, current: Object) -> Object:
    """``BeforeUpdate`` and the second half of admission."""
    registry, gvr = parts.registry_of(call.resource), call.resource.gvr
    context = parts.write_context(call)
    meta, old_meta = metadata(obj), metadata(current)
    meta["resourceVersion"] = old_meta["resourceVersion"]
    _keep_system_fields(meta, old_meta)
    check_namespace(call, obj)  # admission may have changed it
    registry.prepare_update(gvr, call.subresource, obj, current, context)
    errors = registry.validate_update(gvr, call.subresource, obj, current, context)
    if errors:
        kind = call.resource.kind
        raise StatusError(statuses.invalid(kind.group, kind.kind, call.name, errors))
    call.warn([*registry.warnings(gvr, obj, current), *context.notices])
    call.admit(parts.admission.validate, call.review(Operation.UPDATE, obj, current))
    return obj


def _keep_system_fields(meta: Object, old: Object) -> None:
    """Fields that a client may leave out but not change; finalizers may only shrink on a deleted object."""
    for name in ("uid", "creationTimestamp", "generation", "name", "namespace", "generateName"):
        if not meta.get(name) and old.get(name) is not None and name != "generateName":
            meta[name] = old[name]
    for name in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        if name not in meta and name in old:
            meta[name] = old[name]


def _write(parts: Parts, call: Call, obj: Object, stored: Stored) -> Object:
    to_store = stored_form(parts, call.resource, obj)
    if policies.finished_deletion(call.resource, obj):
        parts.store.delete(call.key, expected=stored.revision)
        return obj
    if to_store == stored.object:
        return obj
    written = parts.store.update(call.key, to_store, expected=stored.revision)
    return shown(parts, call.resource, written)
