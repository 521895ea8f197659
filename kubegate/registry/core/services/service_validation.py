"""Validation of services.

Source: ``pkg/apis/core/validation``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.services.cluster_ips import check_cluster_ip_changes, check_cluster_ips
from kubegate.registry.core.services.facts import is_external, is_headless, needs_health_check
from kubegate.registry.metadata import IMMUTABLE, validate_labels
from kubegate.registry.validation.basics import check_choice, check_name, check_port, check_set
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain, qualified_name
from kubegate.registry.validation.network import check_cidr, check_ip, check_not_special, parse_ip
from kubegate.registry.validation.ports import check_port_or_name

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_LIMIT = 86400
_ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"


def validate_service(service: Object, old: Object | None = None) -> list[FieldError]:
    """Everything wrong with a service."""
    errors: list[FieldError] = []
    spec = service.get("spec") or {}
    check_core_finalizers(errors, service)
    _check_topology_annotations(errors, annotations_of(service))
    if not spec.get("ports") and not is_headless(spec) and spec.get("type") != "ExternalName":
        errors.append(required("spec.ports"))
    _check_type(errors, spec)
    _check_ports(errors, spec)
    validate_labels(spec.get("selector") or {}, "spec.selector", errors)
    _check_affinity(errors, spec)
    before = (old or {}).get("spec") or {}
    check_cluster_ips(errors, spec, before)
    for index, ip in enumerate(spec.get("externalIPs") or ()):
        path, count = f"spec.externalIPs[{index}]", len(errors)
        check_ip(errors, path, ip, unless=tuple(before.get("externalIPs") or ()))
        if len(errors) == count:
            check_not_special(errors, path, ip)
    check_choice(errors, "spec.type", spec.get("type"), _TYPES)
    _check_node_ports(errors, spec)
    _check_source_ranges(errors, service, spec)
    _check_balancer(errors, spec, before)
    _check_traffic(errors, spec)
    return errors


def validate_service_update(service: Object, old: Object) -> list[FieldError]:
    """Everything wrong with a changed service."""
    errors: list[FieldError] = []
    spec, before = service.get("spec") or {}, old.get("spec") or {}
    check_cluster_ip_changes(errors, spec, before)
    if spec.get("type") == before.get("type") == "LoadBalancer" and spec.get("loadBalancerClass") != before.get(
        "loadBalancerClass"
    ):
        errors.append(invalid("spec.loadBalancerClass", spec.get("loadBalancerClass"), "may not change once set"))
    _check_balancer_class(errors, spec)
    port, old_port = (part.get("healthCheckNodePort") or 0 for part in (spec, before))
    if needs_health_check(before) and needs_health_check(spec) and port != old_port:
        errors.append(forbidden("spec.healthCheckNodePort", IMMUTABLE))
    return errors + validate_service(service, old)


def _check_topology_annotations(errors: list[FieldError], annotations: dict[str, str]) -> None:
    if _MODE in annotations and _HINTS in annotations and annotations[_MODE] != annotations[_HINTS]:
        text = f"must match annotations[{_HINTS}] when both are specified"
        errors.append(invalid(f"metadata.annotations[{_MODE}]", annotations[_MODE], text))


def _check_type(errors: list[FieldError], spec: Object) -> None:
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort") and is_headless(spec):
        errors.append(invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services"))
    if kind != "ExternalName":
        return
    for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(key):
            errors.append(forbidden(f"spec.{key}", "may not be set for ExternalName services"))
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        check_name(errors, "spec.externalName", name, dns1123_subdomain)
    else:
        errors.append(required("spec.externalName"))


def _check_ports(errors: list[FieldError], spec: Object) -> None:
    ports = spec.get("ports") or []
    names: set[str] = set()
    for index, port in enumerate(ports):
        place, name = f"spec.ports[{index}]", port.get("name") or ""
        if len(ports) > 1 and not name:
            errors.append(required(f"{place}.name"))
        elif name:
            check_name(errors, f"{place}.name", name, dns1123_label)
            if name in names:
                errors.append(duplicate(f"{place}.name", name))
            names.add(name)
        check_port(errors, f"{place}.port", port.get("port") or 0)
        check_choice(errors, f"{place}.protocol", port.get("protocol"), _PROTOCOLS)
        check_port_or_name(errors, f"{place}.targetPort", port.get("targetPort"))
        if port.get("appProtocol") is not None:
            check_name(errors, f"{place}.appProtocol", port["appProtocol"], qualified_name)


def _check_affinity(errors: list[FieldError], spec: Object) -> None:
    affinity: str | None = spec.get("sessionAffinity")
    config: Any = spec.get("sessionAffinityConfig")
    check_choice(errors, "spec.sessionAffinity", affinity, ("ClientIP", "None"))
    if affinity == "ClientIP":
        path = "spec.sessionAffinityConfig"
        for key in ("", "clientIP", "timeoutSeconds"):
            config = config if not key else config.get(key)
            path = path if not key else f"{path}.{key}"
            if config is None:
                errors.append(required(path, "when session affinity type is ClientIP"))
                return
        if not 0 < config <= _LIMIT:
            errors.append(invalid(path, config, f"must be greater than 0 and less than {_LIMIT}"))
    elif affinity == "None" and config is not None:
        errors.append(forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None"))


def _check_node_ports(errors: list[FieldError], spec: Object) -> None:
    ports = spec.get("ports") or []
    if spec.get("type") == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                text = "may not be used when `type` is 'ClusterIP'"
                errors.append(forbidden(f"spec.ports[{index}].nodePort", text))
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        if port.get("nodePort"):
            key = (port.get("protocol") or "", port["nodePort"])
            if key in seen:
                errors.append(duplicate(f"spec.ports[{index}].nodePort", port["nodePort"]))
            seen.add(key)
    seen.clear()
    for index, port in enumerate(ports):
        key = (port.get("protocol") or "", port.get("port") or 0)
        if key in seen:
            shown = {"Name": "", "Protocol": key[0], "AppProtocol": None, "Port": key[1], "TargetPort": 0, "NodePort": 0}
            errors.append(duplicate(f"spec.ports[{index}]", shown))
        seen.add(key)


def _check_source_ranges(errors: list[FieldError], service: Object, spec: Object) -> None:
    if ranges := spec.get("loadBalancerSourceRanges"):
        path = "spec.LoadBalancerSourceRanges"
        if spec.get("type") != "LoadBalancer":
            errors.append(forbidden(path, _ONLY_BALANCERS))
        for index, text in enumerate(ranges):
            check_cidr(errors, f"{path}[{index}]", text.strip())
        return
    value = annotations_of(service).get(_RANGES)
    if value is None:
        return
    path = f"metadata.annotations[{_RANGES}]"
    if spec.get("type") != "LoadBalancer":
        errors.append(forbidden(path, _ONLY_BALANCERS))
    for text in value.strip().split(",") if value.strip() else ():
        check_cidr(errors, path, text.strip())


def _check_balancer(errors: list[FieldError], spec: Object, old: Object) -> None:
    allocate = spec.get("allocateLoadBalancerNodePorts")
    if allocate is not None and spec.get("type") != "LoadBalancer":
        errors.append(forbidden("spec.allocateLoadBalancerNodePorts", _ONLY_BALANCERS))
    if allocate is None and spec.get("type") == "LoadBalancer":
        errors.append(required("allocateLoadBalancerNodePorts"))
    _check_balancer_class(errors, spec)


def _check_balancer_class(errors: list[FieldError], spec: Object) -> None:
    name = spec.get("loadBalancerClass")
    if name is None:
        return
    if spec.get("type") == "LoadBalancer":
        check_name(errors, "spec.loadBalancerClass", name, qualified_name)
    else:
        errors.append(forbidden("spec.loadBalancerClass", _ONLY_BALANCERS))


def _check_traffic(errors: list[FieldError], spec: Object) -> None:
    path, policy = "spec.externalTrafficPolicy", spec.get("externalTrafficPolicy") or ""
    if not is_external(spec):
        if policy:
            errors.append(invalid(path, policy, "may only be set for externally-accessible services"))
    else:
        check_choice(errors, path, policy, ("Cluster", "Local"))
    path, port = "spec.healthCheckNodePort", spec.get("healthCheckNodePort") or 0
    if not needs_health_check(spec):
        if port:
            text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            errors.append(invalid(path, port, text))
    elif not port:
        errors.append(required(path))
    else:
        check_port(errors, path, port)
    internal = spec.get("internalTrafficPolicy")
    if internal is None:
        if spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP"):
            errors.append(required("spec.internalTrafficPolicy"))
    else:
        check_set(errors, "spec.internalTrafficPolicy", internal, ("Cluster", "Local"))
    distribution = spec.get("trafficDistribution")
    choices = ["PreferClose", "PreferSameNode", "PreferSameZone"]
    if distribution is not None and distribution not in choices:
        errors.append(not_supported("spec.trafficDistribution", distribution, choices))


def validate_balancer_status(status: Object, spec: Object) -> list[FieldError]:
    """Everything wrong with ``status.loadBalancer`` of a service."""
    errors: list[FieldError] = []
    path, ingresses = "status.loadBalancer.ingress", (status.get("loadBalancer") or {}).get("ingress") or []
    if ingresses and spec.get("type") != "LoadBalancer":
        return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
    for index, ingress in enumerate(ingresses):
        place, ip, mode = f"{path}[{index}]", ingress.get("ip") or "", ingress.get("ipMode")
        if ip:
            check_ip(errors, f"{place}.ip", ip)
        if mode is None:
            if ip:
                errors.append(required(f"{place}.ipMode", "must be specified when `ip` is set"))
        elif not ip:
            errors.append(forbidden(f"{place}.ipMode", "may not be specified when `ip` is not set"))
        else:
            check_set(errors, f"{place}.ipMode", mode, ("Proxy", "VIP"))
        if host := ingress.get("hostname"):
            check_name(errors, f"{place}.hostname", host, dns1123_subdomain)
            if parse_ip(host) is not None:
                errors.append(invalid(f"{place}.hostname", host, "must be a DNS name, not an IP address"))
    return errors
