"""POST and PUT."""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.names import Object, metadata
from kubegate.api.status import StatusError
from kubegate.apiserver.decoding import object_media_type, read_body
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Target, call_of
from kubegate.apiserver.handlers.transforms import transformed
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate
from kubegate.apiserver.options import check_write_options, manager_of, write_options
from kubegate.apiserver.rest.create import check_namespace, create
from kubegate.apiserver.rest.parts import Call
from kubegate.apiserver.rest.update import update


def post(api: Api, exchange: Exchange, target: Target) -> Response:
    """Create an object."""
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    call, body = begin_write(exchange, target, "CreateOptions")
    obj = decode(api, exchange, call, body)
    created = create(api.parts, call, obj)
    exchange.response_object = created
    return respond(transformed(api, exchange, target.resource, created, representation), representation, 201)


def put(api: Api, exchange: Exchange, target: Target) -> Response:
    """Replace an object, or the part of it that is a subresource."""
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    call, body = begin_write(exchange, target, "UpdateOptions")
    obj = decode(api, exchange, call, body)
    check_name(call, obj)
    check_namespace(call, obj)

    def replacement(current: Object | None) -> Object:
        return {**obj, "metadata": dict(obj["metadata"])}

    updated, was_created = update(api.parts, call, replacement, same_uid=True)
    exchange.response_object = updated
    code = 201 if was_created else 200
    return respond(transformed(api, exchange, target.resource, updated, representation), representation, code)


def begin_write(exchange: Exchange, target: Target, kind: str) -> tuple[Call, bytes]:
    """The call and the body of a write; the options are checked after the body was read, as the real server does."""
    body = read_body(exchange.request)
    options = write_options(kind, exchange.request.query)
    check_write_options(kind, options)
    manager = manager_of(options, exchange.request.header("user-agent"))
    return call_of(exchange, target, options, manager), body


def decode(api: Api, exchange: Exchange, call: Call, body: bytes) -> Object:
    """The body as an object of the call's kind, with defaults; raises 400, 415."""
    obj, warnings = api.decode(body, object_media_type(exchange.request), call.kind, call.field_validation)
    call.warn(warnings)
    obj = {"kind": call.kind.kind, "apiVersion": call.kind.api_version, "metadata": metadata(obj)} | {
        key: value for key, value in obj.items() if key not in ("kind", "apiVersion")
    }
    api.parts.registry_of(call.resource).default(call.resource.gvr, obj)
    exchange.keep_request(obj)
    return obj


def check_name(call: Call, obj: Object) -> None:
    """The object's name must be the one in the path."""
    name = metadata(obj).get("name")
    if not name:
        why = "name must be provided"
        raise StatusError(
            statuses.bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: {why}")
        )
    if name != call.name:
        raise StatusError(
            statuses.bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
        )
