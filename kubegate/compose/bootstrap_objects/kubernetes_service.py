"""The ServiceCIDR, and the service ``default/kubernetes`` by which pods reach the API server.

Source: ``pkg/controlplane/controller/{kubernetesservice,defaultservicecidr}`` and ``pkg/controlplane/reconcilers``.
"""

from __future__ import annotations

import ipaddress

from kubegate.api.names import Object
from kubegate.compose.bootstrap_objects.host_address import advertised
from kubegate.config.serving import ServingOptions

_LABELS = {"component": "apiserver", "provider": "kubernetes"}


def objects(serving: ServingOptions) -> list[Object]:
    """What the flags ask for; endpoints only where the host has an address that others can reach."""
    networks = [ipaddress.ip_network(text.strip(), strict=False) for text in serving.service_cluster_ip_range.split(",")]
    made = [_cidr([str(network) for network in networks]), _service(str(networks[0][1]), serving.secure_port)]
    address = serving.advertise_address or advertised(serving.bind_address)
    if address:
        version = ipaddress.ip_address(address).version
        made += [_endpoints(address, serving.secure_port), _slice(address, version, serving.secure_port)]
    return made


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """Endpoints follow the address and the port of the server that runs now."""
    changed: Object = {part: wanted[part] for part in ("subsets", "endpoints", "ports") if part in wanted}
    same = all(stored.get(part) == value for part, value in changed.items())
    return None if same else {**stored, **changed}


def _cidr(ranges: list[str]) -> Object:
    return {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {"name": "kubernetes", "finalizers": ["networking.k8s.io/service-cidr-finalizer"]},
        "spec": {"cidrs": ranges},
    }


def _service(address: str, port: int) -> Object:
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": dict(_LABELS)},
        "spec": {
            "clusterIP": address,
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": port}],
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
    }


def _endpoints(address: str, port: int) -> Object:
    labels = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    ports = [{"name": "https", "port": port, "protocol": "TCP"}]
    return {
        "kind": "Endpoints",
        "apiVersion": "v1",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "subsets": [{"addresses": [{"ip": address}], "ports": ports}],
    }


def _slice(address: str, family: int, port: int) -> Object:
    return {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": f"IPv{family}",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
