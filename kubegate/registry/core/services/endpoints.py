"""Endpoints (deprecated; EndpointSlices replace them)."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, required
from kubegate.api.names import Object
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import check_choice, check_name, check_port
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain, qualified_name
from kubegate.registry.validation.network import check_ip, check_not_special

_PROTOCOLS = ("SCTP", "TCP", "UDP")


def _default(endpoints: Object) -> None:
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def _validate(endpoints: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, endpoints)
    for index, subset in enumerate(endpoints.get("subsets") or ()):
        path = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            errors.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for key in ("addresses", "notReadyAddresses"):
            for position, address in enumerate(subset.get(key) or ()):
                _check_address(errors, f"{path}.{key}[{position}]", address)
        ports = subset.get("ports") or []
        for position, port in enumerate(ports):
            _check_port(errors, f"{path}.ports[{position}]", port, named=len(ports) > 1)
    return errors


def _check_address(errors: list[FieldError], path: str, address: Object) -> None:
    check_ip(errors, f"{path}.ip", address.get("ip") or "")
    if address.get("hostname"):
        check_name(errors, f"{path}.hostname", address["hostname"], dns1123_label)
    if address.get("nodeName") is not None:
        check_name(errors, f"{path}.nodeName", address["nodeName"], dns1123_subdomain)
    check_not_special(errors, f"{path}.ip", address.get("ip") or "")


def _check_port(errors: list[FieldError], path: str, port: Object, *, named: bool) -> None:
    if named and not port.get("name"):
        errors.append(required(f"{path}.name"))
    elif port.get("name"):
        check_name(errors, f"{path}.name", port["name"], dns1123_label)
    check_port(errors, f"{path}.port", port.get("port") or 0)
    check_choice(errors, f"{path}.protocol", port.get("protocol"), _PROTOCOLS)
    if port.get("appProtocol") is not None:
        check_name(errors, f"{path}.appProtocol", port["appProtocol"], qualified_name)


def _warnings(endpoints: Object, old: Object | None) -> Sequence[str]:
    return ()


ENDPOINTS = Strategy(
    resource="endpoints",
    default=_default,
    validate=_validate,
    validate_update=lambda endpoints, old, context: _validate(endpoints, context),
    warnings=_warnings,
)
