"""Networks of services (ServiceCIDR) and the addresses in use (IPAddress)."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_name, same
from kubegate.registry.validation.names import dns1123_subdomain, path_segment_name
from kubegate.registry.validation.network import canonical_cidr, canonical_ip, is_dual_stack, parse_network


def _validate_cidr(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    cidrs = (obj.get("spec") or {}).get("cidrs") or []
    if not cidrs:
        errors.append(required("spec.cidrs", "at least one CIDR required"))
        return errors
    if len(cidrs) > 2:
        errors.append(invalid("spec.cidrs", {"CIDRs": cidrs}, "may only hold up to 2 values"))
        return errors
    for index, cidr in enumerate(cidrs):
        check_name(errors, f"spec.cidrs[{index}]", cidr, canonical_cidr)
    if len(cidrs) == 2 and all(map(parse_network, cidrs)) and not is_dual_stack(cidrs):
        text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        errors.append(invalid("spec.cidrs", cidrs, text))
    return errors


def _validate_cidr_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    cidrs, before = (obj.get("spec") or {}).get("cidrs") or [], (old.get("spec") or {}).get("cidrs") or []
    grows = len(before) == 1 and len(cidrs) == 2  # to both families
    if len(cidrs) != len(before) and not grows:
        return [invalid("spec.cidrs", cidrs, IMMUTABLE)]
    for index, (cidr, old_cidr) in enumerate(zip(cidrs, before, strict=False)):
        if cidr != old_cidr:
            errors.append(invalid(f"spec.cidrs[{index}]", cidr, IMMUTABLE))
    return errors + (_validate_cidr(obj, context) if grows else [])


def _address_name(name: str, prefix: bool) -> list[str]:
    return canonical_ip(name)


def _validate_address(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    parent = (obj.get("spec") or {}).get("parentRef")
    if parent is None:
        return [required("spec.parentRef")]
    if parent.get("group"):
        check_name(errors, "spec.parentRef.group", parent["group"], dns1123_subdomain)
    for key in ("resource", "name"):
        value = parent.get(key) or ""
        if not value:
            errors.append(required(f"spec.parentRef.{key}"))
        else:
            errors += [invalid(f"spec.parentRef.{key}", value, text) for text in path_segment_name(value)]
    if parent.get("namespace"):
        check_name(errors, "spec.parentRef.namespace", parent["namespace"], path_segment_name)
    return errors


def _validate_address_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    parent, before = ((item.get("spec") or {}).get("parentRef") for item in (obj, old))
    return [] if same(parent, before) else [invalid("spec.parentRef", _parent_shown(parent), IMMUTABLE)]


def _parent_shown(parent: Object | None) -> dict[str, str] | None:
    if parent is None:
        return None
    return {key.title(): parent.get(key) or "" for key in ("group", "resource", "namespace", "name")}


SERVICE_CIDR = Strategy(
    resource="servicecidrs.networking.k8s.io",
    namespaced=False,
    has_status=True,
    default=lambda obj: obj.setdefault("status", {}) and None,
    validate=_validate_cidr,
    validate_update=_validate_cidr_update,
    subresources={"status": Subresource()},
)
IP_ADDRESS = Strategy(
    resource="ipaddresses.networking.k8s.io",
    namespaced=False,
    name=_address_name,
    validate=_validate_address,
    validate_update=_validate_address_update,
)
