"""Services: what may be set when, and what is filled in when fields depend on each other.

Source: ``pkg/registry/core/service``.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.services.facts import (
    is_external,
    needs_cluster_ip,
    needs_health_check,
    uses_node_ports,
)
from kubegate.registry.core.services.service_defaults import default_service
from kubegate.registry.core.services.service_validation import (
    validate_balancer_status,
    validate_service,
    validate_service_update,
)
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.names import dns_label_name

_HINTS = "service.kubernetes.io/topology-aware-hints"


def _allocate(service: Object, old: Object | None, context: WriteContext) -> list[FieldError]:
    spec, before = service.setdefault("spec", {}), (old or {}).get("spec")
    if before is not None:
        _patch_allocated(spec, before)
    _normalize_ips(spec, before)
    if context.services is None:
        return []
    return context.services.allocate(service, old, dry_run=context.dry_run)


def _patch_allocated(spec: Object, old: Object) -> None:
    """What was allocated before stays where the writer left it out."""
    if needs_cluster_ip(old) and needs_cluster_ip(spec):
        if not spec.get("clusterIP") and old.get("clusterIP"):
            spec["clusterIP"] = old["clusterIP"]
        if not spec.get("clusterIPs") and old.get("clusterIPs") and spec.get("clusterIP") == old.get("clusterIP"):
            spec["clusterIPs"] = list(old["clusterIPs"])
    if uses_node_ports(old) and uses_node_ports(spec):
        used = {port.get("nodePort") for port in old.get("ports") or ()} & {
            port.get("nodePort") for port in spec.get("ports") or ()
        }
        by_name = {port.get("name") or "": port.get("nodePort") or 0 for port in old.get("ports") or ()}
        for port in spec.get("ports") or ():
            known = by_name.get(port.get("name") or "", 0)
            if not port.get("nodePort") and known and known not in used:
                port["nodePort"] = known
                used.add(known)
    known = old.get("healthCheckNodePort")
    if known and needs_health_check(old) and needs_health_check(spec) and not spec.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = known


def _normalize_ips(spec: Object, old: Object | None) -> None:
    """``clusterIP`` and ``clusterIPs`` follow each other, for writers that know only one of them."""
    ip, ips = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    if old is None:
        if ip and not ips:
            spec["clusterIPs"] = [ip]
        return
    old_ip, old_ips = old.get("clusterIP") or "", old.get("clusterIPs") or []
    if old_ips and not ips and ip == old_ip:
        ips = spec["clusterIPs"] = list(old_ips)
    if ip != old_ip and ips == old_ips:
        if old_ip and not ip:
            spec.pop("clusterIPs", None)
        else:
            spec["clusterIPs"] = [ip]


def _prepare_update(service: Object, old: Object, context: WriteContext) -> None:
    """A changed type takes along what only the old one used, unless the writer changed that too."""
    spec, before = service.setdefault("spec", {}), old.get("spec") or {}
    if needs_cluster_ip(before) and not needs_cluster_ip(spec):
        if (spec.get("clusterIPs") or []) == (before.get("clusterIPs") or []):
            spec.pop("clusterIP", None)
            spec.pop("clusterIPs", None)
        for key in ("ipFamilies", "ipFamilyPolicy"):
            _drop_if_same(spec, before, key)
    if uses_node_ports(before) and not uses_node_ports(spec) and _node_ports(spec) <= _node_ports(before):
        for port in spec.get("ports") or ():
            port.pop("nodePort", None)
    if needs_health_check(before) and not needs_health_check(spec):
        _drop_if_same(spec, before, "healthCheckNodePort")
    if before.get("type") == "LoadBalancer" and spec.get("type") != "LoadBalancer":
        _drop_if_same(spec, before, "allocateLoadBalancerNodePorts")
        _drop_if_same(spec, before, "loadBalancerClass")
    if is_external(before) and not is_external(spec):
        _drop_if_same(spec, before, "externalTrafficPolicy")
    if spec.get("type") != "LoadBalancer":
        service["status"] = {**(service.get("status") or {}), "loadBalancer": {}}


def _forget_internal_policy(service: Object) -> None:
    """The store shows no ``internalTrafficPolicy`` of aliases: it was filled in by mistake once."""
    spec = service.get("spec") or {}
    if not needs_cluster_ip(spec):
        spec.pop("internalTrafficPolicy", None)


def _validate_update(service: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = validate_service_update(service, old)
    if not errors:
        _forget_internal_policy(service)
    return errors


def _drop_if_same(spec: Object, old: Object, key: str) -> None:
    if spec.get(key) == old.get(key):
        spec.pop(key, None)


def _node_ports(spec: Object) -> set[int]:
    return {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}


def _warnings(service: Object, old: Object | None) -> Sequence[str]:
    spec, found = service.get("spec") or {}, []
    if _HINTS in annotations_of(service) and (old is None or _HINTS not in annotations_of(old)):
        found.append(
            f'metadata.annotations[{_HINTS}]: deprecated in v1.27+; use "service.kubernetes.io/topology-mode" instead'
        )
    if spec.get("externalIPs"):
        found.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if spec.get("type") == "ExternalName" and spec.get("externalIPs"):
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if spec.get("type") != "ExternalName" and spec.get("externalName"):
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        found.append('spec.trafficDistribution: the value "PreferClose" is deprecated, use "PreferSameZone" instead')
    return found


def _validate_status(service: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return validate_balancer_status(service.get("status") or {}, service.get("spec") or {})


SERVICE = Strategy(
    resource="services",
    name=dns_label_name,
    has_status=True,
    initial_status=lambda: {"loadBalancer": {}},
    default=default_service,
    allocate=_allocate,
    prepare_update=_prepare_update,
    validate=lambda service, context: validate_service(service),
    validate_update=_validate_update,
    settle=lambda service, context: _forget_internal_policy(service),
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
