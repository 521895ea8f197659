"""What a service's type means for its other fields.

Source: ``pkg/api/service`` and ``pkg/registry/core/service``.
"""

from __future__ import annotations

from kubegate.api.names import Object

NONE = "None"


def is_headless(spec: Object) -> bool:
    """True if the service has no cluster IP on purpose."""
    return (spec.get("clusterIPs") or []) == [NONE]


def needs_cluster_ip(spec: Object) -> bool:
    """True unless the service is only an alias."""
    return spec.get("type") != "ExternalName"


def uses_node_ports(spec: Object) -> bool:
    """True if the type may have ports of the nodes."""
    return spec.get("type") in ("NodePort", "LoadBalancer")


def needs_node_port(spec: Object) -> bool:
    """True if ports of the nodes are handed out for it."""
    return uses_node_ports(spec) and (
        spec.get("type") == "NodePort" or spec.get("allocateLoadBalancerNodePorts") is not False
    )


def is_external(spec: Object) -> bool:
    """True if traffic from outside can reach the service."""
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort"):
        return True
    return kind == "ClusterIP" and bool(spec.get("externalIPs"))


def needs_health_check(spec: Object) -> bool:
    """True if a load balancer must learn which nodes have endpoints."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
