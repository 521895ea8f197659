"""``ip``, ``cidr`` and what can be asked of them. Source: apiserver ``pkg/cel/library/{ip,cidr}.go``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.library.addresses import CIDR, IP, parse_cidr, parse_ip
from kubegate.cel.types import BOOL, INT, STRING, opaque

IP_TYPE, CIDR_TYPE = opaque("net.IP"), opaque("net.CIDR")
_LINK_LOCAL_MULTICAST = {4: ipaddress.ip_network("224.0.0.0/24"), 6: ipaddress.ip_network("ff02::/16")}


def _valid(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except EvaluationError:
            return False
        return True

    return test


def _is_link_local_multicast(value: IP) -> bool:
    address = value.address
    if isinstance(address, ipaddress.IPv6Address):
        return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02
    return address in _LINK_LOCAL_MULTICAST[4]


def _is_global_unicast(value: IP) -> bool:
    address = value.address
    broadcast = str(address) == "255.255.255.255"
    return not (address.is_unspecified or broadcast or address.is_loopback or address.is_multicast or address.is_link_local)


def _contains_cidr(outer: CIDR, inner: CIDR) -> bool:
    return outer.bits <= inner.bits and outer.contains(inner.address)


def _comparison_cost(args: tuple[Any, ...], _result: Any) -> int:
    cost: int = -(-2 * args[0].cel_size() // 10)
    return cost


def _parsed_ip_cost(args: tuple[Any, ...], result: Any) -> int:
    return _comparison_cost(args, result) + costs.once((args[1],), None)


def _masked_cost(args: tuple[Any, ...], result: Any) -> int:
    return _comparison_cost(args, result) + costs.once((args[0],), None) + 1


def _parsed_cidr_cost(args: tuple[Any, ...], result: Any) -> int:
    return _masked_cost(args, result) + costs.once((args[1],), None)


LIBRARY = Library(
    (
        Function(
            "ip",
            (
                overload("string_to_ip", (STRING,), IP_TYPE, parse_ip, costs.once),
                member("cidr_ip", (CIDR_TYPE,), IP_TYPE, lambda cidr: IP(cidr.address)),
            ),
        ),
        Function("isIP", (overload("is_ip", (STRING,), BOOL, _valid(parse_ip)),), costs.once),
        Function(
            "ip.isCanonical",
            (overload("ip_is_canonical", (STRING,), BOOL, lambda text: str(parse_ip(text)) == text),),
            costs.twice,
        ),
        Function("family", (member("ip_family", (IP_TYPE,), INT, lambda ip: ip.address.version),)),
        Function("isUnspecified", (member("ip_is_unspecified", (IP_TYPE,), BOOL, lambda ip: ip.address.is_unspecified),)),
        Function("isLoopback", (member("ip_is_loopback", (IP_TYPE,), BOOL, lambda ip: ip.address.is_loopback),)),
        Function(
            "isLinkLocalMulticast", (member("ip_is_link_local_multicast", (IP_TYPE,), BOOL, _is_link_local_multicast),)
        ),
        Function(
            "isLinkLocalUnicast",
            (member("ip_is_link_local_unicast", (IP_TYPE,), BOOL, lambda ip: ip.address.is_link_local),),
        ),
        Function("isGlobalUnicast", (member("ip_is_global_unicast", (IP_TYPE,), BOOL, _is_global_unicast),)),
        Function(
            "string",
            (
                overload("ip_to_string", (IP_TYPE,), STRING, str),
                overload("cidr_to_string", (CIDR_TYPE,), STRING, str),
            ),
        ),
        Function("cidr", (overload("string_to_cidr", (STRING,), CIDR_TYPE, parse_cidr),), costs.once),
        Function("isCIDR", (overload("is_cidr", (STRING,), BOOL, _valid(parse_cidr)),), costs.once),
        Function(
            "containsIP",
            (
                member(
                    "cidr_contains_ip_string",
                    (CIDR_TYPE, STRING),
                    BOOL,
                    lambda cidr, text: cidr.contains(parse_ip(text).address),
                    _parsed_ip_cost,
                ),
                member("cidr_contains_ip_ip", (CIDR_TYPE, IP_TYPE), BOOL, lambda cidr, ip: cidr.contains(ip.address)),
            ),
            _comparison_cost,
        ),
        Function(
            "containsCIDR",
            (
                member(
                    "cidr_contains_cidr_string",
                    (CIDR_TYPE, STRING),
                    BOOL,
                    lambda cidr, text: _contains_cidr(cidr, parse_cidr(text)),
                    _parsed_cidr_cost,
                ),
                member("cidr_contains_cidr", (CIDR_TYPE, CIDR_TYPE), BOOL, _contains_cidr),
            ),
            _masked_cost,
        ),
        Function("prefixLength", (member("cidr_prefix_length", (CIDR_TYPE,), INT, lambda cidr: cidr.bits),)),
        Function("masked", (member("cidr_masked", (CIDR_TYPE,), CIDR_TYPE, lambda cidr: cidr.masked()),)),
    ),
    types=(IP_TYPE, CIDR_TYPE),
)
