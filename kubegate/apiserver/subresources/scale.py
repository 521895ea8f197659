"""``scale``: the number of replicas of a workload, as a Scale of autoscaling/v1.

Source: ``pkg/registry/apps/*/storage`` (ScaleREST) and ``pkg/apis/autoscaling/validation`` (ValidateScale).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kubegate.admission.interface import Review
from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.field_errors import invalid
from kubegate.api.names import GroupVersionKind, Object, metadata
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.decoding import media_type, read_body
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Endpoint, Target, call_of
from kubegate.apiserver.handlers.patching import APPLY_PATCH, patch_call
from kubegate.apiserver.handlers.transforms import transformed
from kubegate.apiserver.handlers.writing import begin_write, check_name, decode
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate
from kubegate.apiserver.rest import read
from kubegate.apiserver.rest.create import check_namespace
from kubegate.apiserver.rest.parts import Admission, Call, Parts, shown
from kubegate.apiserver.rest.update import MODIFIED, update
from kubegate.apiserver.subresources.scale_fields import to_parent, to_scale
from kubegate.registry.scale import SCALE, ScalePaths, get_path, scale_of, with_path

_UNSET = -(2**31)
"""Replicas that nobody asks for: the object has none, and the patch gives none."""
PathsOf = Callable[[Resource], ScalePaths]


def endpoints(paths_of: PathsOf) -> Mapping[str, Endpoint]:
    """GET, PUT and PATCH."""

    def get(api: Api, exchange: Exchange, target: Target) -> Response:
        representation = negotiate(exchange.request.header("accept"), transforms=True)
        stored = read.get(api.parts, call_of(exchange, target, {}, ""), exchange.request.parameter("resourceVersion"))
        paths, obj = paths_of(target.resource), shown(api.parts, target.resource, stored)
        if paths.custom and get_path(obj, paths.spec) is None:
            raise StatusError(statuses.internal(f'the spec replicas field ".{paths.spec}" does not exist'))
        scale = scale_of(obj, paths)
        return respond(transformed(api, exchange, target.resource, scale, representation), representation)

    def put(api: Api, exchange: Exchange, target: Target) -> Response:
        call, body = begin_write(exchange, target, "UpdateOptions")
        wanted = decode(api, exchange, call, body)
        check_name(call, wanted)
        check_namespace(call, wanted)
        return _write(api, exchange, target, call, paths_of(target.resource), lambda scale: wanted)

    def patch(api: Api, exchange: Exchange, target: Target) -> Response:
        kind, body = media_type(exchange.request), read_body(exchange.request)
        applying = kind == APPLY_PATCH
        call = patch_call(exchange, target, applying=applying)

        def patched(scale: Object) -> Object:
            return api.patcher.patch(kind, body, target.resource, "scale", scale, call)

        return _write(api, exchange, target, call, paths_of(target.resource), patched, applied=applying)

    return {"GET": get, "PUT": put, "PATCH": patch}


def _write(
    api: Api,
    exchange: Exchange,
    target: Target,
    call: Call,
    paths: ScalePaths,
    change: Callable[[Object], Object],
    *,
    applied: bool = False,
) -> Response:
    representation = negotiate(exchange.request.header("accept"), transforms=True)

    def changed(current: Object | None) -> Object:
        if current is None:
            raise StatusError(statuses.not_found(call.resource.gvr.group, call.resource.gvr.resource, call.name))
        before = scale_of(current, paths)
        owners = metadata(current).get("managedFields")
        if applied and owners:
            before["metadata"]["managedFields"] = to_scale(owners, paths.spec)
        if paths.custom and get_path(current, paths.spec) is None:
            before["spec"]["replicas"] = _UNSET
        scale = change(before)
        if paths.custom and _replicas(scale) == _UNSET:
            raise StatusError(statuses.bad_request(f'the spec replicas field ".{paths.spec}" cannot be empty'))
        _check(call, scale, current, judged=not paths.custom)
        meta = dict(metadata(current))
        if applied:
            version = call.resource.kind.api_version
            meta["managedFields"] = to_parent(owners, metadata(scale).get("managedFields"), paths.spec, version)
        return with_path({**current, "metadata": meta}, paths.spec, _replicas(scale))

    scaling = replace(
        api.parts, admission=_ScaleAdmission(api.parts.admission, paths), fields=_ScaleFields(api.parts, paths)
    )
    updated, _ = update(scaling, replace(call, subresource=""), changed, applied=applied)
    scale = scale_of(updated, paths)
    exchange.response_object = scale
    return respond(transformed(api, exchange, target.resource, scale, representation), representation)


def _replicas(scale: Object) -> int:
    return int((scale.get("spec") or {}).get("replicas") or 0)


def _check(call: Call, scale: Object, current: Object, *, judged: bool) -> None:
    replicas = _replicas(scale)
    if replicas < 0 and judged:
        error = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise StatusError(statuses.invalid(SCALE.group, SCALE.kind, call.name, [error]))
    wanted, found = metadata(scale).get("resourceVersion"), metadata(current).get("resourceVersion")
    if wanted and wanted != found:
        raise StatusError(statuses.conflict(call.resource.gvr.group, call.resource.gvr.resource, call.name, MODIFIED))


@dataclass(frozen=True, slots=True)
class _ScaleAdmission:
    """Shows the plugins Scales where the workload is written."""

    chain: Admission
    paths: ScalePaths

    def mutate(self, review: Review) -> Status | None:
        shown_review = self._shown(review)
        refused = self.chain.mutate(shown_review)
        if refused is None and review.object is not None and shown_review.object is not None:
            review.object = with_path(review.object, self.paths.spec, _replicas(shown_review.object))
        return refused

    def validate(self, review: Review) -> Status | None:
        return self.chain.validate(self._shown(review))

    def _shown(self, review: Review) -> Review:
        return replace(
            review,
            kind=SCALE,
            subresource="scale",
            object=scale_of(review.object, self.paths) if review.object is not None else None,
            old_object=scale_of(review.old_object, self.paths) if review.old_object is not None else None,
        )


@dataclass(frozen=True, slots=True)
class _ScaleFields:
    """Notes the change under the subresource."""

    parts: Parts
    paths: ScalePaths

    def update(
        self,
        resource: Resource,
        subresource: str,
        live: Object | None,
        obj: Object,
        manager: str,
        kind: GroupVersionKind | None = None,
    ) -> None:
        self.parts.fields.update(resource, "scale", live, obj, manager, kind)
        for entry in metadata(obj).get("managedFields") or ():
            if entry.get("subresource") == "scale" and entry.get("operation") == "Update":
                entry.pop("time", None)  # what comes through a Scale loses its time on the way to the workload
