"""DELETE of an object and of a collection."""

from __future__ import annotations

from dataclasses import replace

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Target, call_of
from kubegate.apiserver.handlers.delete_body import delete_body
from kubegate.apiserver.handlers.reading import respond_list
from kubegate.apiserver.handlers.transforms import transformed
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate
from kubegate.apiserver.options import delete_options
from kubegate.apiserver.rest import list_options, read, selection
from kubegate.apiserver.rest.delete import Deleted, delete

_JOB_WARNING = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)


def delete_one(api: Api, exchange: Exchange, target: Target) -> Response:
    """Delete an object."""
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    options = delete_options(exchange.request.query, delete_body(exchange.request))
    _warn(exchange, target, options)
    deleted = delete(api.parts, call_of(exchange, target, options, ""))
    code = 202 if not deleted.gone and options.get("orphanDependents") is False else 200
    if not deleted.show_object:
        return respond(_success(target, deleted), representation)
    exchange.response_object = deleted.object
    return respond(transformed(api, exchange, target.resource, deleted.object, representation), representation, code)


def _warn(exchange: Exchange, target: Target, options: Object) -> None:
    silent = options.get("propagationPolicy") is not None or options.get("orphanDependents") is not None
    if target.resource.key == "jobs.batch" and not silent:
        exchange.warn(_JOB_WARNING)


def _success(target: Target, deleted: Deleted) -> Object:
    gvr = target.resource.gvr
    details = {"name": target.name, "group": gvr.group, "kind": gvr.resource, "uid": deleted.object["metadata"].get("uid")}
    status = Status(200, details={key: value for key, value in details.items() if value}).to_object()
    del status["code"]
    return status


def delete_collection(api: Api, exchange: Exchange, target: Target) -> Response:
    """Delete everything that is selected; the answer lists what was found."""
    request, info, resource = exchange.request, exchange.info, target.resource
    representation = negotiate(request.header("accept"), transforms=True)
    options = delete_options(exchange.request.query, delete_body(exchange.request))
    listing_options = replace(list_options.parse(request.query, watch=False), timeout=0)
    chosen = selection.parse(resource, info.label_selector, info.field_selector, api.field_labels(resource))
    listing = read.list_objects(api.parts, resource, target.namespace, chosen, listing_options)
    for stored in listing.items:
        one = replace(target, name=stored.key.name, namespace=stored.key.namespace)
        try:
            delete(api.parts, call_of(exchange, one, dict(options), ""))
        except StatusError as error:
            if error.status.code != 404:  # somebody else was quicker
                raise
    return respond_list(api, exchange, resource, listing, representation)
