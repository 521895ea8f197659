"""Delete an object: preconditions, grace periods, finalizers, propagation.

Source: k8s.io/apiserver ``registry/generic/registry.Store.Delete`` and ``rest.BeforeDelete``; the plan of a deletion is in
`deletion_plan`, the two resources that are terminated in two phases in `termination`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.admission.interface import Operation
from kubegate.api import status as statuses
from kubegate.api.names import Object, metadata
from kubegate.api.status import StatusError
from kubegate.apiserver.rest import policies, termination
from kubegate.apiserver.rest.deletion_plan import Plan, plan_deletion
from kubegate.apiserver.rest.parts import Call, Parts, shown, stored_form
from kubegate.errors import Conflict
from kubegate.store.interface import Stored

_ATTEMPTS = 64
_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


@dataclass(frozen=True, slots=True)
class Deleted:
    """The last state of the object, whether it is gone (else it was only marked), and whether the client is shown the
    object (else a Success status)."""

    object: Object
    gone: bool
    show_object: bool


def delete(parts: Parts, call: Call) -> Deleted:
    """Delete by ``call.options`` (a DeleteOptions object). Raises StatusError."""
    for _ in range(_ATTEMPTS):
        stored = parts.store.get(call.key)
        if stored is None:
            raise StatusError(statuses.not_found(call.resource.gvr.group, call.resource.gvr.resource, call.name))
        try:
            return _delete_once(parts, call, stored)
        except Conflict:
            continue
    raise StatusError(statuses.conflict(call.resource.gvr.group, call.resource.gvr.resource, call.name, _MODIFIED))


def _delete_once(parts: Parts, call: Call, stored: Stored) -> Deleted:
    obj = shown(parts, call.resource, stored)
    if termination.applies(call.resource, obj):
        termination.check_preconditions(call, obj)
        _admit(parts, call, stored)
        return Deleted(_update(parts, call, termination.begin(call, obj, parts.now()), stored), False, True)
    if termination.pending(call.resource, obj):
        return Deleted(obj, False, True)
    _check_preconditions(call, obj)
    plan = plan_deletion(call.resource, obj, call.options, parts.now())
    if plan.pending:
        return Deleted(obj, False, policies.returns_deleted_object(call.resource))
    _admit(parts, call, stored)
    last, revision = obj, stored.revision
    if plan.changed is not None:
        last = _update(parts, call, plan.changed, stored)
        revision = int(metadata(last)["resourceVersion"])
    if not plan.remove:
        return Deleted(last, False, True)
    return _remove(parts, call, last, revision, plan)


def _check_preconditions(call: Call, obj: Object) -> None:
    wanted, meta, kind = call.options.get("preconditions") or {}, metadata(obj), call.resource.kind
    uid, version = wanted.get("uid"), wanted.get("resourceVersion")
    why = ""
    if uid is not None and uid != meta.get("uid"):
        why = (
            f"the UID in the precondition ({uid}) does not match the UID in record ({meta.get('uid')}). "
            "The object might have been deleted and then recreated"
        )
    elif version is not None and version != meta.get("resourceVersion"):
        why = (
            f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
            f"({meta.get('resourceVersion')}). The object might have been modified"
        )
    if why:
        raise StatusError(statuses.conflict(kind.group, kind.kind, call.name, why))


def _admit(parts: Parts, call: Call, stored: Stored) -> None:
    review = call.review(Operation.DELETE, None, shown(parts, call.resource, stored))
    call.admit(parts.admission.mutate, review)
    call.admit(parts.admission.validate, review)


def _update(parts: Parts, call: Call, changed: Object, stored: Stored) -> Object:
    if call.dry_run:
        return changed
    to_store = stored_form(parts, call.resource, changed)
    if to_store == stored.object:
        return changed
    return shown(parts, call.resource, parts.store.update(call.key, to_store, expected=stored.revision))


def _remove(parts: Parts, call: Call, last: Object, revision: int, plan: Plan) -> Deleted:
    if not call.dry_run:
        last = shown(parts, call.resource, parts.store.delete(call.key, expected=revision))
    return Deleted(last, True, plan.changed is not None or policies.returns_deleted_object(call.resource))
