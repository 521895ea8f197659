"""PATCH in its four forms."""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.apiserver.decoding import media_type, read_body
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Target, call_of
from kubegate.apiserver.handlers.transforms import transformed
from kubegate.apiserver.handlers.writing import check_name
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate
from kubegate.apiserver.options import check_write_options, manager_of, write_options
from kubegate.apiserver.rest.create import check_namespace
from kubegate.apiserver.rest.parts import Call
from kubegate.apiserver.rest.update import update

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
MEDIA_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


def patch(api: Api, exchange: Exchange, target: Target) -> Response:
    """Change an object, or (server-side apply) create it."""
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    kind, body = media_type(exchange.request), read_body(exchange.request)
    exchange.request_patch = body
    applying = kind == APPLY_PATCH
    call = patch_call(exchange, target, applying=applying)
    resource = target.resource

    def patched(current: Object | None) -> Object:
        if current is None and not applying:
            raise StatusError(statuses.not_found(resource.gvr.group, resource.gvr.resource, target.name))
        obj = api.patcher.patch(kind, body, resource, call.subresource, current, call)
        check_name(call, obj)
        check_namespace(call, obj)
        return obj

    updated, created = update(api.parts, call, patched, create_missing=applying, applied=applying)
    exchange.response_object = updated
    return respond(transformed(api, exchange, resource, updated, representation), representation, 201 if created else 200)


def patch_call(exchange: Exchange, target: Target, *, applying: bool) -> Call:
    """The call of a PATCH; raises 422 for options that are not valid."""
    options = write_options("PatchOptions", exchange.request.query)
    check_write_options("PatchOptions", options, apply=applying)
    return call_of(exchange, target, options, manager_of(options, exchange.request.header("user-agent")))
