"""POST of something that is not stored: decode, admission, then what it asks for is done.

Reviews, bindings, evictions and token requests all go this way. Source: k8s.io/apiserver ``handlers.createHandler``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kubegate.admission.interface import Operation
from kubegate.api.names import GroupVersionKind, Object, kind_of, metadata
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.decoding import object_media_type
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Endpoint, Target
from kubegate.apiserver.handlers.writing import begin_write
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate
from kubegate.apiserver.rest.create import check_namespace
from kubegate.apiserver.rest.parts import Call

Validate = Callable[[], None]
"""Runs validating admission on the object; raises the rejection."""

Perform = Callable[[Api, Call, Object, Validate], Object]
"""Does what the object asks for; the answer is sent. Calls ``validate`` once the object is known to be sound."""


def creating(perform: Perform, *, versions: Sequence[str] = ()) -> Endpoint:
    """The endpoint of a POST. ``versions``: other apiVersions of the kind that are taken as well."""

    def post(api: Api, exchange: Exchange, target: Target) -> Response:
        representation = negotiate(exchange.request.header("accept"))
        call, body = begin_write(exchange, target, "CreateOptions")
        obj = _decode(api, exchange, call, body, versions)
        check_namespace(call, obj)
        api.parts.fields.update(call.resource, call.subresource, None, obj, call.manager, call.kind)
        if not call.name:
            call.name = str(metadata(obj).get("name") or "")
        review = call.review(Operation.CREATE, obj, None)
        call.admit(api.parts.admission.mutate, review)
        answer = perform(api, call, review.object or obj, lambda: call.admit(api.parts.admission.validate, review))
        exchange.response_object = answer
        return respond(answer, representation, 201)

    return post


def _decode(api: Api, exchange: Exchange, call: Call, body: bytes, versions: Sequence[str]) -> Object:
    wanted = call.kind
    media_type = object_media_type(exchange.request)
    kinds = [wanted, *(GroupVersionKind(*_split(version), wanted.kind) for version in versions)]
    obj, warnings = _first(api, body, media_type, kinds, call.field_validation)
    call.warn(warnings)
    obj = {**obj, "kind": wanted.kind, "apiVersion": kind_of(obj).api_version or wanted.api_version}
    metadata(obj)
    exchange.keep_request(obj)
    return obj


def _first(
    api: Api, body: bytes, media_type: str, kinds: list[GroupVersionKind], validation: str
) -> tuple[Object, list[str]]:
    refused = None
    for kind in kinds:
        try:
            return api.decode(body, media_type, kind, validation)
        except StatusError as error:
            refused = refused or error
    raise refused or AssertionError("there is at least one kind")


def _split(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


def success(code: int = 201) -> Object:
    """The Status of something done."""
    return replace(Status(code), details=None).to_object()
