"""Endpoint slices."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required, too_many
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE, validate_labels
from kubegate.registry.validation.basics import check_name
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain, label_value, qualified_name
from kubegate.registry.validation.network import check_ip, check_not_special, is_ipv6

_TYPES = ["FQDN", "IPv4", "IPv6"]
_ENDPOINTS, _ADDRESSES, _PORTS, _TOPOLOGY, _HINTS = 1000, 100, 20000, 16, 8
_PROTOCOLS = ["SCTP", "TCP", "UDP"]


def _default(obj: Object) -> None:
    obj.setdefault("endpoints", None)
    for port in obj.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        if port.get("protocol") is None:
            port["protocol"] = "TCP"
    for endpoint in obj.get("endpoints") or ():
        endpoint.setdefault("conditions", {})


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    kind = obj.get("addressType") or ""
    if not kind:
        errors.append(required("addressType"))
    elif kind not in _TYPES:
        errors.append(not_supported("addressType", kind, _TYPES))
    _check_endpoints(errors, obj.get("endpoints") or [], kind)
    _check_ports(errors, obj.get("ports") or [])
    return errors


def _check_endpoints(errors: list[FieldError], endpoints: list[Object], kind: str) -> None:
    if len(endpoints) > _ENDPOINTS:
        errors.append(too_many("endpoints", len(endpoints), _ENDPOINTS))
        return
    for index, endpoint in enumerate(endpoints):
        path, addresses = f"endpoints[{index}]", endpoint.get("addresses") or []
        if not addresses:
            errors.append(required(f"{path}.addresses", "must contain at least 1 address"))
        elif len(addresses) > _ADDRESSES:
            errors.append(too_many(f"{path}.addresses", len(addresses), _ADDRESSES))
        for position, address in enumerate(addresses):
            _check_address(errors, f"{path}.addresses[{position}]", address, kind)
        if endpoint.get("nodeName") is not None:
            check_name(errors, f"{path}.nodeName", endpoint["nodeName"], dns1123_subdomain)
        topology = endpoint.get("deprecatedTopology") or {}
        if len(topology) > _TOPOLOGY:
            errors.append(too_many(f"{path}.deprecatedTopology", len(topology), _TOPOLOGY))
        validate_labels(topology, f"{path}.deprecatedTopology", errors)
        if endpoint.get("hostname") is not None:
            check_name(errors, f"{path}.hostname", endpoint["hostname"], dns1123_label)
        if endpoint.get("hints") is not None:
            _check_hints(errors, f"{path}.hints", endpoint["hints"])


def _check_address(errors: list[FieldError], path: str, address: str, kind: str) -> None:
    if kind == "FQDN":
        _check_domain(errors, path, address)
    elif kind in ("IPv4", "IPv6"):
        count = len(errors)
        check_ip(errors, path, address)
        if len(errors) == count:
            if is_ipv6(address) != (kind == "IPv6"):
                errors.append(invalid(path, address, f"must be an {kind} address"))
            check_not_special(errors, path, address)


def _check_domain(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about the first thing wrong with a fully qualified domain name."""
    if not name:
        errors.append(required(path))
        return
    name = name.removesuffix(".")
    if complaints := dns1123_subdomain(name):
        errors.append(invalid(path, name, ",".join(complaints)))
    elif "." not in name:
        errors.append(invalid(path, name, "should be a domain with at least two segments separated by dots"))
    else:
        for label in name.split("."):
            if complaints := dns1123_label(label):
                errors.append(invalid(path, label, ",".join(complaints)))
                return


def _check_hints(errors: list[FieldError], path: str, hints: Object) -> None:
    for key, limit in (("forZones", _HINTS), ("forNodes", _HINTS)):
        listed = hints.get(key) or []
        if len(listed) > limit:
            errors.append(too_many(f"{path}.{key}", len(listed), limit))
            return
        seen: set[str] = set()
        for index, hint in enumerate(listed):
            place, name = f"{path}.{key}[{index}].name", hint.get("name") or ""
            if name in seen:
                errors.append(duplicate(place, name))
            seen.add(name)
            check_name(errors, place, name, label_value if key == "forZones" else dns1123_subdomain)


def _check_ports(errors: list[FieldError], ports: list[Object]) -> None:
    if len(ports) > _PORTS:
        errors.append(too_many("ports", len(ports), _PORTS))
        return
    names: set[str] = set()
    for index, port in enumerate(ports):
        path, name = f"ports[{index}]", port.get("name") or ""
        if name:
            check_name(errors, f"{path}.name", name, dns1123_label)
        if name in names:
            errors.append(duplicate(f"{path}.name", name))
        names.add(name)
        protocol = port.get("protocol")
        if protocol is None:
            errors.append(required(f"{path}.protocol"))
        elif protocol not in _PROTOCOLS:
            errors.append(not_supported(f"{path}.protocol", protocol, _PROTOCOLS))
        if port.get("appProtocol") is not None:
            check_name(errors, f"{path}.appProtocol", port["appProtocol"], qualified_name)


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(obj, context)
    if obj.get("addressType") != old.get("addressType"):
        errors.append(invalid("addressType", obj.get("addressType") or "", IMMUTABLE))
    return errors


def _warnings(obj: Object, old: Object | None) -> Sequence[str]:
    if obj.get("addressType") != "FQDN":
        return ()
    return ("addressType: FQDN endpoints are deprecated",)


ENDPOINT_SLICE = Strategy(
    resource="endpointslices.discovery.k8s.io",
    generation=("endpoints", "ports", "addressType", "metadata.labels"),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
)
