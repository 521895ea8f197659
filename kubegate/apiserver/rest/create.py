"""Create an object.

Source: k8s.io/apiserver ``handlers.createHandler``, ``registry/generic/registry.Store.Create`` and ``rest.BeforeCreate``.
"""

from __future__ import annotations

from kubegate.admission.interface import Operation
from kubegate.api import status as statuses
from kubegate.api.identities import SUFFIX
from kubegate.api.names import Object, metadata
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.rest.owner_references import remove_duplicate_owners
from kubegate.apiserver.rest.parts import Call, Parts, finished, shown, stored_form, timestamp
from kubegate.apiserver.rest.preconditions import parse_version
from kubegate.authz.interface import Attributes
from kubegate.authz.refusals import failure
from kubegate.errors import Conflict
from kubegate.store.interface import Key

_LONGEST_BASE = 63 - SUFFIX
_ATTEMPTS = 8
_TO_COME = "-"
"""Keeps the place of the resourceVersion, which the store sets."""


def create(parts: Parts, call: Call, obj: Object, *, update_to_create: bool = False) -> Object:
    """Admit, prepare, validate and store ``obj``; the answer is the object as stored, in the call's version.

    ``obj`` must have been decoded and defaulted. Raises StatusError.
    """
    meta = metadata(obj)
    check_namespace(call, obj)
    if not call.name:
        call.name = str(meta.get("name") or "")
    registry = parts.registry_of(call.resource)
    if not update_to_create:
        remove_duplicate_owners(call, obj, after_admission=False)
        parts.fields.update(call.resource, call.subresource, None, obj, call.manager)
        review = call.review(Operation.CREATE, obj, None)
        call.admit(parts.admission.mutate, review)
        obj = review.object if review.object is not None else obj
        remove_duplicate_owners(call, obj, after_admission=True)
        registry.default(call.resource.gvr, obj)
    generated = not metadata(obj).get("name") and bool(metadata(obj).get("generateName"))
    for attempt in range(_ATTEMPTS):
        candidate = _copy(obj) if generated else obj
        try:
            return _create_once(parts, call, candidate, update_to_create)
        except StatusError as error:
            if not generated or attempt == _ATTEMPTS - 1 or error.status.reason != "AlreadyExists":
                raise
    raise AssertionError("unreachable")


def _copy(obj: Object) -> Object:
    return {**obj, "metadata": dict(obj["metadata"])}


def check_namespace(call: Call, obj: Object) -> None:
    """The object's namespace must be the request's; an absent one is filled in."""
    meta = metadata(obj)
    if not call.resource.namespaced:
        if call.resource.gvr.qualified != "namespaces" and meta.get("namespace"):
            meta.pop("namespace")
        return
    namespace = meta.get("namespace") or ""
    if not namespace:
        meta["namespace"] = call.namespace
    elif namespace != call.namespace:
        raise StatusError(
            statuses.bad_request("the namespace of the provided object does not match the namespace sent on the request")
        )


def _create_once(parts: Parts, call: Call, obj: Object, update_to_create: bool) -> Object:
    check_guard(parts, call, obj, None)
    if update_to_create:  # the version that was sent is read where an update reads it
        parse_version(str(metadata(obj).get("resourceVersion") or "0"))
    fill_system_fields(parts, obj)
    check_namespace(call, obj)  # admission may have changed it
    registry, gvr = parts.registry_of(call.resource), call.resource.gvr
    context = parts.write_context(call)
    registry.prepare_create(gvr, obj, context)
    errors = registry.validate_create(gvr, obj, context)
    if errors:
        kind = call.resource.kind
        raise StatusError(statuses.invalid(kind.group, kind.kind, str(metadata(obj).get("name") or ""), errors))
    call.warn([*registry.warnings(gvr, obj, None), *context.notices])
    if update_to_create:
        _check_may_create(parts, call)
    call.admit(parts.admission.validate, call.review(Operation.CREATE, obj, None, update_to_create=update_to_create))
    return _store(parts, call, obj)


def check_guard(parts: Parts, call: Call, obj: Object, old: Object | None) -> None:
    """Refuse what the user may not write, by the rules of `Parts.guards`; before the version counts."""
    guard = parts.guards.get(call.resource.key)
    if guard is not None and (refused := guard(call, obj, old)) is not None:
        raise StatusError(refused)


def _check_may_create(parts: Parts, call: Call) -> None:
    """What creates by PUT or apply was let in as an update or a patch; raises 403 if the user may not create,
    500 if an authorizer could not tell."""
    gvr = call.resource.gvr
    asked = Attributes(
        call.user,
        "create",
        group=gvr.group,
        version=gvr.version,
        resource=gvr.resource,
        namespace=call.namespace,
        name=call.name,
    )
    verdict = parts.authorizer.authorize(asked)
    if not verdict.allowed:
        if error := failure(verdict):
            raise StatusError(statuses.internal(error))
        raise StatusError(statuses.forbidden(gvr.group, gvr.resource, call.name, verdict.reason))


def _store(parts: Parts, call: Call, obj: Object) -> Object:
    obj = finished(call.resource, obj)
    meta = metadata(obj)
    key = Key(call.resource.key, call.namespace if call.resource.namespaced else "", meta["name"])
    chosen = meta.get("resourceVersion") not in (None, "", _TO_COME)
    if call.dry_run:  # only a store complains about revisions
        if parts.store.get(key) is not None:
            raise StatusError(_exists(parts, call, key))
        if not chosen:
            meta.pop("resourceVersion", None)
        return obj
    if chosen:
        raise StatusError(Status(500, "", "resourceVersion should not be set on objects to be created"))
    to_store = stored_form(parts, call.resource, obj)
    try:
        stored = parts.store.create(key, to_store)
    except Conflict:
        raise StatusError(_exists(parts, call, key)) from None
    return shown(parts, call.resource, stored)


def _exists(parts: Parts, call: Call, key: Key) -> Status:
    status = statuses.already_exists(call.resource.gvr.group, call.resource.gvr.resource, key.name)
    existing = parts.store.get(key)
    if existing is not None and existing.object["metadata"].get("deletionTimestamp"):
        return Status(409, "AlreadyExists", f"object is being deleted: {status.message}", status.details)
    return status


def fill_system_fields(parts: Parts, obj: Object) -> None:
    """Set uid, creationTimestamp and the generated name; whatever the client sent for the first two is dropped."""
    meta = metadata(obj)
    name, base = meta.get("name"), meta.get("generateName")
    if not name and base:
        name = base[:_LONGEST_BASE] + parts.identities.suffix(obj)
    for gone in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(gone, None)
    meta["name"] = name
    meta["uid"], meta["creationTimestamp"] = parts.identities.uid(obj), timestamp(parts.now())
    meta["resourceVersion"] = meta.get("resourceVersion") or _TO_COME
