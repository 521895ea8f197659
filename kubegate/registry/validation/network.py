"""IP addresses and networks, with the API's complaints.

Source: apimachinery ``pkg/util/validation`` (ip.go); ``k8s.io/utils/net``.
"""

from __future__ import annotations

import ipaddress
import re

from kubegate.api.field_errors import FieldError, invalid

BAD_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
BAD_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LEADING_ZERO = re.compile(r"(?:^|\.)0[0-9]")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_ip(text: str) -> Address | None:
    """The address, also when its numbers have leading zeros; None if it is none."""
    if "%" in text:
        return None
    if "." in text and ":" not in text:
        text = ".".join(part.lstrip("0") or "0" if part.isascii() and part.isdigit() else part for part in text.split("."))
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def parse_network(text: str) -> Network | None:
    """The network, also when bits after the prefix are set; None if it is none."""
    address, slash, prefix = text.partition("/")
    parsed = parse_ip(address)
    if not slash or parsed is None or not re.fullmatch("0|[1-9][0-9]{0,2}", prefix, re.ASCII):
        return None
    try:
        return ipaddress.ip_network(f"{parsed}/{prefix}", strict=False)
    except ValueError:
        return None


def is_ipv6(text: str) -> bool:
    """True if the text is an address of version 6 that is not a mapped one of version 4."""
    parsed = parse_ip(text)
    return isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None


def is_dual_stack(texts: list[str]) -> bool:
    """True if there are addresses or networks of both families."""
    versions = {is_ipv6(text.partition("/")[0]) for text in texts}
    return len(versions) == 2


def check_ip(errors: list[FieldError], path: str, text: str, *, unless: tuple[str, ...] = ()) -> None:
    """Complain about a text that is no address in its usual form; ``unless`` lists old values that may stay."""
    parsed = parse_ip(text)
    if parsed is None:
        errors.append(invalid(path, text, BAD_IP))
        return
    if text in unless:
        return
    if _LEADING_ZERO.search(text) and ":" not in text:
        errors.append(invalid(path, text, "must not have leading 0s"))
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        errors.append(invalid(path, text, "must not be an IPv4-mapped IPv6 address"))


def check_cidr(errors: list[FieldError], path: str, text: str, *, unless: tuple[str, ...] = ()) -> None:
    """Complain about a text that is no network in its usual form."""
    parsed = parse_network(text)
    if parsed is None:
        errors.append(invalid(path, text, BAD_CIDR))
        return
    if text in unless:
        return
    address, _, prefix = text.partition("/")
    ip = parse_ip(address)
    if _LEADING_ZERO.search(address) and ":" not in address:
        errors.append(invalid(path, text, "must not have leading 0s in IP"))
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        errors.append(invalid(path, text, "must not have an IPv4-mapped IPv6 address"))
    elif ip != parsed.network_address:
        text_ok = f'must not have bits set beyond the prefix length (e.g., "{parsed.network_address}/{prefix}" is valid)'
        errors.append(invalid(path, text, text_ok))


def canonical_ip(text: str) -> list[str]:
    """What is wrong with an address that must be written in the one way (RFC 5952)."""
    errors: list[FieldError] = []
    check_ip(errors, "", text)
    if not errors and text != str(parse_ip(text)):
        return [f'must be in canonical form ("{parse_ip(text)}")']
    return [error.detail for error in errors]


def canonical_cidr(text: str) -> list[str]:
    """What is wrong with a network that must be written in the one way."""
    errors: list[FieldError] = []
    check_cidr(errors, "", text)
    if not errors and text != str(parse_network(text)):
        return [f'must be in canonical form ("{parse_network(text)}")']
    return [error.detail for error in errors]


def check_not_special(errors: list[FieldError], path: str, text: str) -> None:
    """Complain about unspecified, loopback and link-local addresses: they make no sense as endpoints."""
    address = parse_ip(text)
    if address is None:
        errors.append(invalid(path, text, "must be a valid IP address"))
        return
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_unspecified:
        errors.append(invalid(path, text, f"may not be unspecified ({text})"))
    if address.is_loopback:
        errors.append(invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
    if address.is_link_local and not address.is_multicast:
        errors.append(invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
    if _is_link_local_multicast(address):
        errors.append(invalid(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))


def _is_link_local_multicast(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("224.0.0.0/24")
    packed = address.packed
    return packed[0] == 0xFF and packed[1] & 0x0F == 0x02
