"""GET of an object and of a collection. Lists are joined from the encoded bytes of their objects."""

from __future__ import annotations

import orjson

from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.apiserver.encoding import respond, respond_encoded
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Target, call_of
from kubegate.apiserver.handlers.transforms import partial, transformed
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import Representation, negotiate
from kubegate.apiserver.rest import list_options, read, selection
from kubegate.apiserver.rest.parts import Parts, shown, shown_all
from kubegate.apiserver.rest.read import Listing
from kubegate.store.interface import Stored


def get(api: Api, exchange: Exchange, target: Target) -> Response:
    """GET of an object, or of a subresource that is a view of it."""
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    stored = read.get(api.parts, call_of(exchange, target, {}, ""), exchange.request.parameter("resourceVersion"))
    if not representation.transform and _as_stored(target.resource):
        return respond_encoded(stored.encoded, representation)
    obj = shown(api.parts, target.resource, stored)
    return respond(transformed(api, exchange, target.resource, obj, representation), representation)


def _as_stored(resource: Resource) -> bool:
    """The stored bytes are what the client gets."""
    return resource.gvr == resource.stored_as and not resource.custom


def list_collection(api: Api, exchange: Exchange, target: Target) -> Response:
    """GET of a collection."""
    request, info, resource = exchange.request, exchange.info, target.resource
    representation = negotiate(request.header("accept"), transforms=True)
    options = list_options.parse(request.query, watch=False)
    chosen = selection.parse(resource, info.label_selector, info.field_selector, api.field_labels(resource))
    listing = read.list_objects(api.parts, resource, target.namespace, chosen, options)
    return respond_list(api, exchange, resource, listing, representation)


def list_metadata(listing: Listing) -> Object:
    """The ``metadata`` of a list."""
    meta: Object = {"resourceVersion": str(listing.revision)}
    if listing.token:
        meta["continue"] = listing.token
    if listing.remaining:
        meta["remainingItemCount"] = listing.remaining
    return meta


def respond_list(
    api: Api, exchange: Exchange, resource: Resource, listing: Listing, representation: Representation
) -> Response:
    """A list, a Table or a PartialObjectMetadataList."""
    meta = list_metadata(listing)
    if representation.transform == "Table":
        objects = shown_all(api.parts, resource, listing.items)
        include = exchange.request.parameter("includeObject")
        table = api.tables(resource, objects, include, True)
        return respond({**table, "metadata": meta}, representation)
    if representation.transform:
        version = f"meta.k8s.io/{representation.version}"
        items = [partial(obj, representation.version) for obj in shown_all(api.parts, resource, listing.items)]
        document = {"kind": "PartialObjectMetadataList", "apiVersion": version, "metadata": meta, "items": items}
        return respond(document, representation)
    body = joined(api.parts, resource, listing, meta)
    return respond_encoded(body, representation)


def joined(parts: Parts, resource: Resource, listing: Listing, meta: Object) -> bytes:
    """The list as compact JSON. Items of built-in kinds do not repeat kind and apiVersion."""
    kind = resource.kind
    if resource.custom:
        meta.setdefault("continue", "")
    head = orjson.dumps({"kind": resource.list_kind, "apiVersion": kind.api_version, "metadata": meta})
    return head[:-1] + b',"items":[' + b",".join(_items(parts, resource, listing)) + b"]}"


def _items(parts: Parts, resource: Resource, listing: Listing) -> list[bytes]:
    if resource.custom:
        return [orjson.dumps(obj) for obj in shown_all(parts, resource, listing.items)]
    if not _as_stored(resource):
        return [_bare(obj) for obj in shown_all(parts, resource, listing.items)]
    prefix = f'{{"kind":"{resource.kind.kind}","apiVersion":"{resource.kind.api_version}",'.encode()
    length = len(prefix)
    return [_strip(stored, prefix, length) for stored in listing.items]


def _strip(stored: Stored, prefix: bytes, length: int) -> bytes:
    encoded = stored.encoded
    return b"{" + encoded[length:] if encoded.startswith(prefix) else _bare(stored.object)


def _bare(obj: Object) -> bytes:
    return orjson.dumps({key: value for key, value in obj.items() if key not in ("kind", "apiVersion")})
