"""Network policies."""

from __future__ import annotations

import ipaddress

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.basics import between, check_port
from kubegate.registry.validation.names import port_name
from kubegate.registry.validation.network import Network, check_cidr, parse_network
from kubegate.registry.validation.selectors import check_label_selector

_PROTOCOLS = ["TCP", "UDP", "SCTP"]


def _default(policy: Object) -> None:
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                if not port.get("protocol"):
                    port["protocol"] = "TCP"
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _validate(policy: Object, context: WriteContext, known: tuple[str, ...] = ()) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = policy.get("spec") or {}
    check_label_selector(errors, "spec.podSelector", spec.get("podSelector"))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for position, port in enumerate(rule.get("ports") or ()):
                _check_port(errors, f"{path}.ports[{position}]", port)
            for position, peer in enumerate(rule.get(peers) or ()):
                _check_peer(errors, f"{path}.{peers}[{position}]", peer, known)
    types = spec.get("policyTypes") or []
    if len(types) > 2:
        errors.append(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
        return errors
    for index, kind in enumerate(types):
        if kind not in ("Ingress", "Egress"):
            errors.append(not_supported(f"spec.policyTypes[{index}]", kind, ["Ingress", "Egress"]))
    return errors


def _check_port(errors: list[FieldError], path: str, rule: Object) -> None:
    protocol, port, end = rule.get("protocol"), rule.get("port"), rule.get("endPort")
    if protocol is not None and protocol not in _PROTOCOLS:
        errors.append(not_supported(f"{path}.protocol", protocol, _PROTOCOLS))
    if port is None:
        if end is not None:
            errors.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified"))
        return
    if isinstance(port, str):
        errors += [invalid(f"{path}.port", port, text) for text in port_name(port)]
        if end is not None:
            errors.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        return
    check_port(errors, f"{path}.port", port)
    if end is not None:
        if end < port:
            errors.append(invalid(f"{path}.endPort", port, "must be greater than or equal to `port`"))  # shows the port
        if not 1 <= end <= 65535:
            errors.append(invalid(f"{path}.endPort", end, between(1, 65535)))


def _check_peer(errors: list[FieldError], path: str, peer: Object, known: tuple[str, ...]) -> None:
    given = [key for key in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(key) is not None]
    block = peer.get("ipBlock")
    for key in ("podSelector", "namespaceSelector"):
        check_label_selector(errors, f"{path}.{key}", peer.get(key))
    if block is not None:
        _check_block(errors, f"{path}.ipBlock", block, known)
    if not given:
        errors.append(required(path, "must specify a peer"))
    elif block is not None and len(given) > 1:
        errors.append(forbidden(path, "may not specify both ipBlock and another peer"))


def _check_block(errors: list[FieldError], path: str, block: Object, known: tuple[str, ...]) -> None:
    cidr = block.get("cidr") or ""
    if not cidr:
        errors.append(required(f"{path}.cidr"))
        return
    check_cidr(errors, f"{path}.cidr", cidr, unless=known)
    whole = parse_network(cidr)
    if whole is None:
        return
    for index, exception in enumerate(block.get("except") or ()):
        place = f"{path}.except[{index}]"
        check_cidr(errors, place, exception, unless=known)
        part = parse_network(exception)
        if part is not None and not _is_strict_part(part, whole):
            errors.append(invalid(place, exception, "must be a strict subset of `cidr`"))


def _is_strict_part(part: Network, whole: Network) -> bool:
    if isinstance(part, ipaddress.IPv4Network) and isinstance(whole, ipaddress.IPv4Network):
        return part != whole and part.subnet_of(whole)
    if isinstance(part, ipaddress.IPv6Network) and isinstance(whole, ipaddress.IPv6Network):
        return part != whole and part.subnet_of(whole)
    return False


def _validate_update(policy: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Networks that stood anywhere in the old policy may stay as they were written."""
    known: list[str] = []
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in (old.get("spec") or {}).get(direction) or ():
            for peer in rule.get(peers) or ():
                block = peer.get("ipBlock") or {}
                known += [block.get("cidr") or "", *(block.get("except") or ())]
    return _validate(policy, context, tuple(known))


NETWORK_POLICY = Strategy(
    resource="networkpolicies.networking.k8s.io",
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
