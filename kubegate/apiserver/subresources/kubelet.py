"""What is asked of the node that runs a pod: logs, exec, attach, port forwarding, proxies.

Pods of this server run nowhere: whatever passes the checks ends where the connection to the node would begin.
Source: ``pkg/registry/core/pod/strategy.go`` (LogLocation, streamLocation), ``pkg/registry/core/pod/rest``,
``pkg/registry/core/{node,service}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kubegate.admission.interface import Operation
from kubegate.api import status as statuses
from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers.api import Api, Endpoint, Target, call_of
from kubegate.apiserver.messages import Response
from kubegate.apiserver.rest import read
from kubegate.apiserver.rest.list_options import integer
from kubegate.apiserver.rest.parts import shown
from kubegate.authz.refusals import failure
from kubegate.store.interface import Key

_PREFERRED = ("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP")
_KUBELET_PORT = 10250


def log(api: Api, exchange: Exchange, target: Target) -> Response:
    """GET of a container's log."""
    errors = _log_option_errors(exchange)
    if errors:
        raise StatusError(statuses.invalid("", "PodLogOptions", target.name, errors))
    pod = _pod(api, exchange, target)
    container = _container(pod, exchange.request.parameter("container"))
    host = (pod.get("spec") or {}).get("nodeName")
    if not host:
        return Response(204, b"", "")
    raise _unreachable(api, host, f"/containerLogs/{target.namespace}/{target.name}/{container}")


def _log_option_errors(exchange: Exchange) -> list[FieldError]:
    errors = []
    for name, least in (("tailLines", 0), ("limitBytes", 1), ("sinceSeconds", 1)):
        if exchange.request.parameter(name) and (value := integer(exchange.request.query, name)) < least:
            errors.append(invalid(name, value, f"must be greater than {'or equal to ' if not least else ''}0"))
    return errors


def _pod(api: Api, exchange: Exchange, target: Target) -> Object:
    stored = read.get(api.parts, call_of(exchange, target, {}, ""))
    return shown(api.parts, target.resource, stored)


def _container(pod: Object, wanted: str) -> str | None:
    spec = pod.get("spec") or {}
    name = pod["metadata"]["name"]
    containers = [str(c["name"]) for c in spec.get("containers") or ()]
    others = [str(c["name"]) for kind in ("initContainers", "ephemeralContainers") for c in spec.get(kind) or ()]
    if wanted:
        if wanted not in (*containers, *others):
            raise _bad(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(containers) == 1:
        return containers[0]
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if default in containers:
        return str(default)
    listed = " ".join(containers)
    text = f"a container name must be specified for pod {name}, choose one of: [{listed}]"
    init = " ".join(str(c["name"]) for c in spec.get("initContainers") or ())
    raise _bad(text + (f" or one of the init containers: [{init}]" if init else ""))


def _bad(message: str) -> StatusError:
    return StatusError(statuses.bad_request(message))


def _unreachable(api: Api, host: str, path: str) -> StatusError:
    """Why nobody answers on the node: it does not exist, has no address, or nothing listens there."""
    stored = api.parts.store.get(Key("nodes", "", host))
    if stored is None:
        return StatusError(statuses.not_found("", "nodes", host))
    addresses = (stored.object.get("status") or {}).get("addresses") or []
    known = {entry["type"]: entry["address"] for entry in addresses}
    address = next((known[kind] for kind in _PREFERRED if kind in known), None)
    if address is None:
        shown_addresses = " ".join(f"{{{entry['type']} {entry['address']}}}" for entry in addresses)
        return StatusError(Status(500, "", f"no preferred addresses found; known addresses: [{shown_addresses}]"))
    where = f"{address}:{_KUBELET_PORT}"
    return StatusError(Status(500, "", f'Get "https://{where}{path}": dial tcp {where}: connect: connection refused'))


def stream(*, container: bool, needs_create: bool) -> Endpoint:
    """Run a command in a container, attach to one, or forward ports of a pod (no ``container``). ``needs_create``: whoever
    comes by GET, as WebSockets do, needs the right to ``create`` the subresource as well."""

    def connect(api: Api, exchange: Exchange, target: Target) -> Response:
        _admit(api, exchange, target)
        if needs_create:
            _check_may_create(api, exchange)
        pod = _pod(api, exchange, target)
        if container:
            _container(pod, exchange.request.parameter("container"))
        host = (pod.get("spec") or {}).get("nodeName")
        if not host:
            raise _bad(f"pod {target.name} does not have a host assigned")
        kind = target.subresource.name if target.subresource is not None else ""
        raise _unreachable(api, host, f"/{kind}/{target.namespace}/{target.name}")

    return connect


def _check_may_create(api: Api, exchange: Exchange) -> None:
    info = exchange.info
    if info.verb == "create":
        return
    verdict = api.parts.authorizer.authorize(replace(attributes_of(info, exchange.user), verb="create"))
    if verdict.allowed:
        return
    if error := failure(verdict):
        raise StatusError(Status(500, "", error))
    raise StatusError(statuses.forbidden(info.group, info.resource, info.name, verdict.reason))


def _admit(api: Api, exchange: Exchange, target: Target) -> None:
    call = call_of(exchange, target, {}, "")
    options = {key: values[0] for key, values in exchange.request.query.items()}
    review = call.review(Operation.CONNECT, {"kind": call.kind.kind, "apiVersion": call.kind.api_version, **options}, None)
    call.admit(api.parts.admission.mutate, review)
    call.admit(api.parts.admission.validate, review)


def proxy(api: Api, exchange: Exchange, target: Target) -> Response:
    """Pass a request on to a pod, service or node."""
    _admit(api, exchange, target)
    stored = read.get(api.parts, call_of(exchange, target, {}, ""))
    if target.resource.key == "nodes":
        raise _unreachable(api, target.name, f"/{target.rest}")
    if target.resource.key == "pods" and not (stored.object.get("status") or {}).get("podIP"):
        raise _bad("address not allowed")
    message = f'no endpoints available for {target.resource.kind.kind.lower()} "{target.name}"'
    raise StatusError(Status(503, "ServiceUnavailable", message))


PROXY: Mapping[str, Endpoint] = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"), proxy)
