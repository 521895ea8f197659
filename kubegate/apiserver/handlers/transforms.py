"""An object as a Table or as PartialObjectMetadata.

Source: k8s.io/apiserver ``endpoints/handlers/response``.
"""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api
from kubegate.apiserver.negotiation import Representation, only_accepted


def partial(obj: Object, version: str) -> Object:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}", "metadata": obj["metadata"]}


def include_of(exchange: Exchange) -> str:
    """Which form of the objects a Table's rows hold: ``Metadata`` (default), ``None`` or ``Object``; raises 400."""
    include = exchange.request.parameter("includeObject") or "Metadata"
    if include not in ("Metadata", "None", "Object"):
        raise StatusError(statuses.bad_request(f'unrecognized includeObject value: "{include}"'))
    return include


def transformed(api: Api, exchange: Exchange, resource: Resource, obj: Object, representation: Representation) -> Object:
    """One object in the representation asked for."""
    if not representation.transform:
        return obj
    if representation.transform == "PartialObjectMetadata":
        return partial(obj, representation.version)
    if representation.transform != "Table":
        raise only_accepted()
    table = api.tables(resource, [obj], include_of(exchange), True)
    table["metadata"] = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
    return table
