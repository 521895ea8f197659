"""Services with a selector: their EndpointSlices and Endpoints (``endpointslice-controller``, ``endpoints-controller``).

Source: kubernetes ``pkg/controller/{endpointslice,endpoint}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubegate.api.names import Object, labels_of
from kubegate.controllers.interface import Context, Controller, Source, Work, own_key
from kubegate.controllers.pods import owner_reference, ready_since
from kubegate.controllers.trigger_times import TriggerTimes, annotated
from kubegate.store.interface import Event

_SLICES = "endpointslices.discovery.k8s.io"
_MANAGER = "endpointslice-controller.k8s.io"
_LIMIT = 100


def _namespace_work(event: Event) -> Iterable[Work]:
    """Pods change: every service of their namespace is looked at."""
    yield Work(event.stored.key.namespace, "")


def _service_of(event: Event) -> Iterable[Work]:
    name = labels_of(event.stored.object).get("kubernetes.io/service-name")
    if name:
        yield Work(event.stored.key.namespace, name)


def _selected(context: Context, service: Object) -> list[Object]:
    selector, namespace = service["spec"].get("selector") or {}, service["metadata"]["namespace"]
    pods = context.list("pods", namespace)
    return [pod for pod in pods if all(labels_of(pod).get(key) == value for key, value in selector.items())]


def _has_endpoint(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")


def _ports(service: Object, pod: Object | None) -> list[Object] | None:
    """The ports of a service as its pods have them; None if a name cannot be resolved."""
    ports = []
    for port in service["spec"].get("ports") or ():
        target = port.get("targetPort") or port["port"]
        if isinstance(target, str):
            number = _named_port(pod, target, port.get("protocol") or "TCP")
            if number is None:
                continue
            target = number
        found: Object = {"name": port.get("name") or "", "port": target, "protocol": port.get("protocol") or "TCP"}
        if port.get("appProtocol"):
            found["appProtocol"] = port["appProtocol"]
        ports.append(found)
    return ports


def _named_port(pod: Object | None, name: str, protocol: str) -> int | None:
    for container in ((pod or {}).get("spec") or {}).get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == name and (port.get("protocol") or "TCP") == protocol:
                return int(port["containerPort"])
    return None


class _PerService:
    """Work with an empty name stands for every service of the namespace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._times = TriggerTimes()

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        names = [work.name] if work.name else [s["metadata"]["name"] for s in self._context.list("services", work.namespace)]
        for name in names:
            service = self._context.get("services", work.namespace, name)
            if service is None:
                self._times.forget(work.namespace, name)
            elif service["spec"].get("selector") and not service["metadata"].get("deletionTimestamp"):
                pods = _selected(self._context, service)
                moment = self._times.changed(service, pods)
                self.sync(service, [pod for pod in pods if _has_endpoint(pod)], moment)

    def sync(self, service: Object, pods: list[Object], moment: str) -> None:
        """Bring one service's objects up to date; ``moment``: when that changed which they follow from."""
        raise NotImplementedError


class EndpointSlices(_PerService):
    """The reconciler of slices."""

    def sync(self, service: Object, pods: list[Object], moment: str) -> None:
        """See `_PerService.sync`."""
        for family in service["spec"].get("ipFamilies") or ["IPv4"]:
            self._sync_family(service, family, [pod for pod in pods if _address(pod, family)], moment)

    def _sync_family(self, service: Object, family: str, pods: list[Object], moment: str) -> None:
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        existing = [
            found
            for found in self._context.list(_SLICES, namespace)
            if labels_of(found).get("kubernetes.io/service-name") == name
            and labels_of(found).get("endpointslice.kubernetes.io/managed-by") == _MANAGER
            and found.get("addressType") == family
        ]
        chunks = [pods[i : i + _LIMIT] for i in range(0, len(pods), _LIMIT)] or [[]]
        for index, chunk in enumerate(chunks):
            ports = _ports(service, chunk[0] if chunk else None) if chunk else []
            endpoints = [_endpoint(pod, family, service) for pod in chunk]
            if index < len(existing):
                current = existing[index]
                same = (current.get("endpoints") or []) == endpoints and (current.get("ports") or []) == (ports or [])
                if not same:
                    meta = annotated(current["metadata"], moment)
                    body = {**current, "metadata": meta, "endpoints": endpoints, "ports": ports}
                    self._context.client.update(f"{path}/{meta['name']}", body)
            else:
                made = _slice(service, family, endpoints, ports)
                self._context.client.create(path, {**made, "metadata": annotated(made["metadata"], moment)})
        for extra in existing[len(chunks) :]:
            self._context.client.delete(f"{path}/{extra['metadata']['name']}")


def _slice(service: Object, family: str, endpoints: list[Object], ports: list[Object] | None) -> Object:
    meta = service["metadata"]
    labels = {**(meta.get("labels") or {}), "kubernetes.io/service-name": meta["name"]}
    labels["endpointslice.kubernetes.io/managed-by"] = _MANAGER
    if service["spec"].get("clusterIP") == "None":
        labels["service.kubernetes.io/headless"] = ""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [owner_reference({**service, "apiVersion": "v1", "kind": "Service"})],
        },
        "addressType": family,
        "endpoints": endpoints,
        "ports": ports,
    }


def _address(pod: Object, family: str) -> str:
    status = pod.get("status") or {}
    addresses = [entry.get("ip") or "" for entry in status.get("podIPs") or ()] or [status.get("podIP") or ""]
    return next((text for text in addresses if text and (":" in text) == (family == "IPv6")), "")


def _endpoint(pod: Object, family: str, service: Object) -> Object:
    ready, ending = bool(ready_since(pod)), bool(pod["metadata"].get("deletionTimestamp"))
    shown = (ready and not ending) or bool(service["spec"].get("publishNotReadyAddresses"))
    made: Object = {
        "addresses": [_address(pod, family)],
        "conditions": {"ready": shown, "serving": ready, "terminating": ending},
        "targetRef": _target(pod),
    }
    if node := pod["spec"].get("nodeName"):
        made["nodeName"] = node
    if pod["spec"].get("hostname") and pod["spec"].get("subdomain") == service["metadata"]["name"]:
        made["hostname"] = pod["spec"]["hostname"]
    return made


def _target(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


class Endpoints(_PerService):
    """The reconciler of the older kind."""

    def sync(self, service: Object, pods: list[Object], moment: str) -> None:
        """See `_PerService.sync`."""
        ready: list[Any] = []
        waiting: list[Any] = []
        pods = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        for pod in pods:
            address = {"ip": pod["status"]["podIP"], "targetRef": _target(pod)}
            if node := pod["spec"].get("nodeName"):
                address["nodeName"] = node
            published = ready_since(pod) or service["spec"].get("publishNotReadyAddresses")
            (ready if published else waiting).append(address)
        subset: Object = {}
        if ready:
            subset["addresses"] = ready
        if waiting:
            subset["notReadyAddresses"] = waiting
        if subset and (ports := _ports(service, pods[0])):
            subset["ports"] = [{key: value for key, value in port.items() if value} for port in ports]
        self._write(service, [subset] if subset else [], moment)

    def _write(self, service: Object, subsets: list[Object], moment: str) -> None:
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        path, current = f"/api/v1/namespaces/{namespace}/endpoints", self._context.get("endpoints", namespace, name)
        labels = {**(service["metadata"].get("labels") or {}), "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        if current is None:
            meta = annotated({"name": name, "namespace": namespace, "labels": labels}, moment)
            body: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}
            self._context.client.create(path, {**body, "subsets": subsets} if subsets else body)
        elif (current.get("subsets") or []) != subsets or labels_of(current) != labels:
            meta = annotated({**current["metadata"], "labels": labels}, moment)
            body = {**current, "metadata": meta, "subsets": subsets}
            self._context.client.update(f"{path}/{name}", body)


SLICES = Controller(
    "endpointslice-controller",
    "endpointslice-controller",
    (Source("services", own_key), Source("pods", _namespace_work), Source(_SLICES, _service_of)),
    EndpointSlices,
)
ENDPOINTS = Controller(
    "endpoints-controller",
    "endpoint-controller",
    (Source("services", own_key), Source("pods", _namespace_work), Source("endpoints")),
    Endpoints,
)
