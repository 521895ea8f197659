"""``componentstatuses``: deprecated, answered all the same.

Source: ``pkg/registry/core/componentstatus``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.api import status as statuses
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.apiserver.encoding import respond
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Endpoint, Target
from kubegate.apiserver.handlers.transforms import include_of
from kubegate.apiserver.messages import Response
from kubegate.apiserver.negotiation import negotiate

_NAMES = ("etcd-0",)


def _status(name: str) -> Object:
    conditions = [{"type": "Healthy", "status": "True", "message": "ok"}]
    return {"kind": "ComponentStatus", "apiVersion": "v1", "metadata": {"name": name}, "conditions": conditions}


def _list(api: Api, exchange: Exchange, target: Target) -> Response:
    representation = negotiate(exchange.request.header("accept"), transforms=True)
    objects = [_status(name) for name in _NAMES]
    if representation.transform == "Table":
        table = api.tables(target.resource, objects, include_of(exchange), True)
        return respond({**table, "metadata": {}}, representation)
    items = [{key: value for key, value in obj.items() if key not in ("kind", "apiVersion")} for obj in objects]
    return respond({"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items}, representation)


def _get(api: Api, exchange: Exchange, target: Target) -> Response:
    representation = negotiate(exchange.request.header("accept"))
    if target.name not in _NAMES:
        raise StatusError(statuses.not_found("", "componentstatuses", target.name))
    return respond(_status(target.name), representation)


ENDPOINTS: Mapping[str, Endpoint] = {"GET": _list, "GET_ONE": _get}
