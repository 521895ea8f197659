"""The address under which others reach this host, if it can be told.

Source: apimachinery ``util/net/interface.go`` (``ResolveBindAddress``): the address of the interface of the default route.
"""

from __future__ import annotations

import ipaddress
import socket

_ELSEWHERE = ((socket.AF_INET, "203.0.113.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation: the way to them is the default route, and nothing is sent there."""


def advertised(bind_address: str) -> str:
    """``bind_address`` where others can reach it, else the host's own address; "" without a default route."""
    bound = ipaddress.ip_address(bind_address)
    if not bound.is_loopback and not bound.is_unspecified:
        return bind_address
    return next((found for family, there in _ELSEWHERE if (found := _source(family, there))), "")


def _source(family: socket.AddressFamily, there: str) -> str:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((there, 9))
            found = str(probe.getsockname()[0])
    except OSError:
        return ""
    address = ipaddress.ip_address(found.partition("%")[0])
    usable = not (address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast)
    return str(address) if usable else ""
