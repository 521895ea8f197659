"""Endpoints of services without a selector are mirrored as EndpointSlices (``endpointslice-mirroring-controller``).

Source: kubernetes ``pkg/controller/endpointslicemirroring``.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from kubegate.api.names import Object, annotations_of, labels_of, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import owner_reference
from kubegate.store.interface import Event

_SLICES = "endpointslices.discovery.k8s.io"
_SERVICE, _MANAGED = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
_MANAGER = "endpointslicemirroring-controller.k8s.io"
_SKIP, _LEADER = "endpointslice.kubernetes.io/skip-mirror", "control-plane.alpha.kubernetes.io/leader"
_NOT_COPIED = ("endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration")
_MOST = 1000
"""Addresses of a subset that are mirrored."""


class Mirroring:
    """The reconciler; work is the name of Endpoints and Service."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        endpoints = self._context.get("endpoints", work.namespace, work.name)
        service = self._context.get("services", work.namespace, work.name)
        there = [s for s in self._context.list(_SLICES, work.namespace) if _is_mirror_of(s, work.name)]
        wanted: list[Object] = []
        if endpoints is not None and service is not None and _mirrored(endpoints) and not service["spec"].get("selector"):
            wanted = [s for subset in endpoints.get("subsets") or () for s in _slices(endpoints, subset)]
        self._bring(work, there, wanted)

    def _bring(self, work: Work, there: list[Object], wanted: list[Object]) -> None:
        path = f"/apis/discovery.k8s.io/v1/namespaces/{work.namespace}/endpointslices"
        left = list(there)
        for wish in wanted:
            found = next((s for s in left if _shape(s) == _shape(wish)), None)
            if found is None:
                self._context.client.create(path, wish)
                continue
            left.remove(found)
            meta = {**found["metadata"], **{key: wish["metadata"][key] for key in ("labels", "annotations")}}
            if (found.get("endpoints") or []) != wish["endpoints"] or _texts(found) != _texts(wish):
                self._context.client.update(
                    f"{path}/{name_of(found)}", {**found, "metadata": meta, "endpoints": wish["endpoints"]}
                )
        for extra in left:
            self._context.client.delete(f"{path}/{name_of(extra)}")


def _texts(obj: Object) -> tuple[dict[str, str], dict[str, str]]:
    return labels_of(obj), annotations_of(obj)


def _mirrored(endpoints: Object) -> bool:
    meta_labels, notes = labels_of(endpoints), annotations_of(endpoints)
    return meta_labels.get(_SKIP) != "true" and _LEADER not in notes


def _is_mirror_of(found: Object, name: str) -> bool:
    labels = labels_of(found)
    return labels.get(_MANAGED) == _MANAGER and labels.get(_SERVICE) == name


def _shape(found: Object) -> tuple[str, list[Object]]:
    """Slices differ by family and ports."""
    return found["addressType"], found.get("ports") or []


def _slices(endpoints: Object, subset: Object) -> Iterable[Object]:
    meta = endpoints["metadata"]
    kept = {key: value for key, value in labels_of(endpoints).items() if key != "endpoints.kubernetes.io/managed-by"}
    labels = {**kept, _SERVICE: meta["name"], _MANAGED: _MANAGER}
    notes = {key: value for key, value in annotations_of(endpoints).items() if key not in _NOT_COPIED}
    ports = [{"name": "", "protocol": "TCP", **port} for port in subset.get("ports") or ()]
    ready = [(address, True) for address in subset.get("addresses") or ()]
    waiting = [(address, False) for address in subset.get("notReadyAddresses") or ()]
    for version, family in ((4, "IPv4"), (6, "IPv6")):
        found = [
            _endpoint(a, ready=is_ready) for a, is_ready in [*ready, *waiting] if ip_address(a["ip"]).version == version
        ]
        if found:
            yield {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "generateName": f"{meta['name']}-",
                    "namespace": meta["namespace"],
                    "labels": labels,
                    "annotations": notes,
                    "ownerReferences": [owner_reference({**endpoints, "apiVersion": "v1", "kind": "Endpoints"})],
                },
                "addressType": family,
                "endpoints": found[:_MOST],
                "ports": ports,
            }


def _endpoint(address: Object, *, ready: bool) -> Object:
    found: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for key in ("hostname", "nodeName", "targetRef"):
        if address.get(key):
            found[key] = address[key]
    return found


def _of_service(event: Event) -> Iterable[Work]:
    labels = labels_of(event.stored.object)
    if labels.get(_MANAGED) == _MANAGER and _SERVICE in labels:
        yield Work(event.stored.key.namespace, labels[_SERVICE])


CONTROLLER = Controller(
    "endpointslice-mirroring-controller",
    "endpointslicemirroring-controller",
    (Source("endpoints"), Source("services"), Source(_SLICES, _of_service)),
    Mirroring,
)
