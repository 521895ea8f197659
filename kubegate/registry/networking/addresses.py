"""Networks of services (ServiceCIDR) and the addresses in use (IPAddress)."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name
from kubegate.registry.validation.names import dns1123_subdomain, path_segment_name
from kubegate.registry.validation.network import check_cidr, is_dual_stack, parse_ip


def _validate_cidr(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    cidrs = (obj.get("spec") or {}).get("cidrs") or []
    if not cidrs:
        errors.append(required("spec.cidrs", "at least one CIDR required"))
        return errors
    if len(cidrs) > 2:
        errors.append(invalid("spec", {"CIDRs": cidrs}, "may only hold up to 2 values"))
        return errors
    if len(cidrs) == 2 and not is_dual_stack(cidrs):
        text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        errors.append(invalid("spec", {"CIDRs": cidrs}, text))
    for index, cidr in enumerate(cidrs):
        check_cidr(errors, f"spec.cidrs[{index}]", cidr)
    return errors


def _validate_cidr_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    cidrs, before = (obj.get("spec") or {}).get("cidrs") or [], (old.get("spec") or {}).get("cidrs") or []
    if cidrs[: len(before)] != before:
        errors.append(invalid("spec.cidrs", cidrs, IMMUTABLE))
    return errors + _validate_cidr(obj, context)


def _address_name(name: str, prefix: bool) -> list[str]:
    ip = parse_ip(name)
    if ip is None:
        return ["must be a valid IP address"]
    return [] if str(ip) == name else [f"not a valid IP address in canonical format: must be {ip}"]


def _validate_address(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    parent = (obj.get("spec") or {}).get("parentRef")
    if parent is None:
        return [required("spec.parentRef")]
    for key in ("resource", "name"):
        value = parent.get(key) or ""
        if not value:
            errors.append(required(f"spec.parentRef.{key}"))
        else:
            errors += [invalid(f"spec.parentRef.{key}", value, text) for text in path_segment_name(value)]
    for key in ("group", "namespace"):
        if parent.get(key):
            check_name(errors, f"spec.parentRef.{key}", parent[key], dns1123_subdomain)
    return errors


def _validate_address_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_immutable(
        errors, "spec.parentRef", (obj.get("spec") or {}).get("parentRef"), (old.get("spec") or {}).get("parentRef")
    )
    return errors


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
