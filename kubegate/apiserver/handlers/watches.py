"""WATCH: a stream of events, one JSON document a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Target
from kubegate.apiserver.handlers.transforms import include_of, partial
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import YAML, Representation, negotiate
from kubegate.apiserver.rest import list_options, selection
from kubegate.apiserver.rest.parts import shown
from kubegate.apiserver.rest.watching import Change
from kubegate.apiserver.rest.watching import watch as changes_of

Encode = Callable[[Change], bytes]


def watch(api: Api, exchange: Exchange, target: Target) -> Response:
    """The stream; its head is sent at once, before there is an event."""
    request, info = exchange.request, exchange.info
    representation = negotiate(request.header("accept"), transforms=True)
    options = list_options.parse(request.query, watch=True)
    if target.name:
        info = replace(info, field_selector=f"metadata.name={target.name}")
    chosen = selection.parse(target.resource, info.label_selector, info.field_selector, api.field_labels(target.resource))
    changes = changes_of(
        api.parts, target.resource, target.namespace, chosen, options, lambda: api.stopping() or request.gone()
    )
    content_type = representation.media_type if representation.media_type != YAML else "application/json"
    lines = _lines(changes, _encoder(api, exchange, target, representation), lambda: _is_served(api, target))
    return Response(200, lines, content_type)


def _lines(changes: Iterator[Change], encode: Encode, served: Callable[[], bool]) -> Iterator[bytes]:
    yield b""  # sends the head of the response
    for change in changes:
        try:
            line = b'{"type":"%s","object":%s}\n' % (change.type.encode(), encode(change))
        except LookupError:
            if served():
                raise
            return  # the definition of the kind is gone, and with it the watch
        except StatusError as error:  # the object cannot be converted
            yield b'{"type":"ERROR","object":%s}\n' % orjson.dumps(error.status.to_object())
            return
        yield line


def _is_served(api: Api, target: Target) -> bool:
    return api.parts.catalog().resource(target.resource.gvr) is not None


def _encoder(api: Api, exchange: Exchange, target: Target, representation: Representation) -> Encode:
    if representation.transform == "Table":
        return _TableEncoder(api, target, include_of(exchange))
    if representation.transform:
        return lambda change: orjson.dumps(_as_partial(api, target, change, representation.version))
    return lambda change: _plain(api, target, change)


def object_of(api: Api, target: Target, change: Change) -> Object:
    """What the event is about, in the version of the request."""
    if change.stored is None:
        return change.object or {}
    obj = shown(api.parts, target.resource, change.stored)
    if change.revision:
        obj["metadata"]["resourceVersion"] = str(change.revision)
    return obj


def _plain(api: Api, target: Target, change: Change) -> bytes:
    resource = target.resource
    if change.stored is not None and not change.revision and resource.gvr == resource.stored_as and not resource.custom:
        return change.stored.encoded
    return orjson.dumps(object_of(api, target, change))


def _as_partial(api: Api, target: Target, change: Change, version: str) -> Object:
    obj = object_of(api, target, change)
    return obj if change.type == "ERROR" else partial(obj, version)


class _TableEncoder:
    """Tables of one row; only the first has the columns."""

    def __init__(self, api: Api, target: Target, include: str) -> None:
        self._api = api
        self._target = target
        self._include = include
        self._first = True

    def __call__(self, change: Change) -> bytes:
        obj = object_of(self._api, self._target, change)
        if change.type in ("ERROR", "BOOKMARK"):
            return orjson.dumps(obj if change.type == "ERROR" else self._bookmark(obj))
        table = self._api.tables(self._target.resource, [obj], self._include, self._first)
        self._first = False
        table["metadata"] = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return orjson.dumps(table)

    def _bookmark(self, obj: Object) -> Object:
        table = self._api.tables(self._target.resource, [], self._include, self._first)
        self._first = False
        return {**table, "metadata": {"resourceVersion": obj["metadata"]["resourceVersion"]}, "rows": []}
