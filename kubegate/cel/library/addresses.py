"""IP addresses and networks, parsed as Go's ``net/netip`` parses them, with its complaints."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from kubegate.api.go import quote
from kubegate.cel.errors import EvaluationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressError(EvaluationError):
    """Not an address; the message is Go's."""


@dataclass(frozen=True, slots=True)
class IP:
    """An address as a value."""

    address: Address
    type_name = "net.IP"

    def cel_size(self) -> int:
        """Its bytes."""
        return 4 if self.address.version == 4 else 16

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True, slots=True)
class CIDR:
    """A network as a value; ``address`` keeps its host bits."""

    address: Address
    bits: int
    type_name = "net.CIDR"

    def cel_size(self) -> int:
        """The bytes of its prefix."""
        return -(-self.bits // 8)

    def __str__(self) -> str:
        return f"{self.address}/{self.bits}"

    def masked(self) -> CIDR:
        """The same with the host bits cleared."""
        return CIDR(_mask(self.address, self.bits), self.bits)

    def contains(self, other: Address) -> bool:
        """Whether an address is in the network."""
        return other.version == self.address.version and _mask(other, self.bits) == _mask(self.address, self.bits)


def _mask(address: Address, bits: int) -> Address:
    width = address.max_prefixlen
    kept = int(address) >> (width - bits) << (width - bits)
    return type(address)(kept)


def _fail(text: str, message: str, at: str = "") -> AddressError:
    tail = f" (at {quote(at)})" if at else ""
    return AddressError(f"ParseAddr({quote(text)}): {message}{tail}")


def _parse_v4(text: str, part: str) -> bytes:
    fields: list[int] = []
    value = digits = 0
    for index, char in enumerate(part):
        if char in "0123456789":
            if digits == 1 and value == 0:
                raise _fail(text, "IPv4 field has octet with leading zero")
            value = value * 10 + int(char)
            digits += 1
            if value > 255:
                raise _fail(text, "IPv4 field has value >255")
        elif char == ".":
            if index in (0, len(part) - 1) or part[index - 1] == ".":
                raise _fail(text, "IPv4 field must have at least one digit", part[index:])
            if len(fields) == 3:
                raise _fail(text, "IPv4 address too long")
            fields.append(value)
            value = digits = 0
        else:
            raise _fail(text, "unexpected character", part[index:])
    if len(fields) < 3:
        raise _fail(text, "IPv4 address too short")
    return bytes((*fields, value))


_HEX = re.compile("[0-9a-fA-F]*", re.ASCII)


def _group(text: str, rest: str) -> str:
    """The hexadecimal digits that ``rest`` begins with."""
    match = _HEX.match(rest)
    digits = match.group() if match else ""
    if len(digits) > 4:
        raise _fail(text, "each group must have 4 or less digits", rest)
    if not digits:
        raise _fail(text, "each colon-separated field must have at least one digit", rest)
    return digits


def _parse_v6(text: str) -> tuple[bytes, str]:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        raise _fail(text, "zone must be a non-empty string")
    found = bytearray()
    ellipsis = -1
    if rest.startswith("::"):
        ellipsis, rest = 0, rest[2:]
        if not rest:
            return bytes(16), zone
    while len(found) < 16:
        digits = _group(text, rest)
        if rest[len(digits) : len(digits) + 1] == ".":
            if ellipsis < 0 and len(found) != 12:
                raise _fail(text, "embedded IPv4 address must replace the final 2 fields of the address", rest)
            if len(found) + 4 > 16:
                raise _fail(text, "too many hex fields to fit an embedded IPv4 at the end of the address", rest)
            found += _parse_v4(text, rest)
            rest = ""
            break
        found += int(digits, 16).to_bytes(2, "big")
        rest = rest[len(digits) :]
        if not rest:
            break
        if rest[0] != ":":
            raise _fail(text, "unexpected character, want colon", rest)
        if len(rest) == 1:
            raise _fail(text, "colon must be followed by more characters", rest)
        rest = rest[1:]
        if rest[0] == ":":
            if ellipsis >= 0:
                raise _fail(text, "multiple :: in address", rest)
            ellipsis, rest = len(found), rest[1:]
            if not rest:
                break
    if rest:
        raise _fail(text, "trailing garbage after address", rest)
    if len(found) < 16:
        if ellipsis < 0:
            raise _fail(text, "address string too short")
        found[ellipsis:ellipsis] = bytes(16 - len(found))
    elif ellipsis >= 0:
        raise _fail(text, "the :: must expand to at least one field of zeros")
    return bytes(found), zone


def parse_address(text: str) -> tuple[Address, str]:
    """An address and its zone; raises `AddressError`."""
    for char in text:
        if char == ".":
            return ipaddress.IPv4Address(_parse_v4(text, text)), ""
        if char == ":":
            packed, zone = _parse_v6(text)
            return ipaddress.IPv6Address(packed), zone
        if char == "%":
            raise _fail(text, "missing IPv6 address")
    raise _fail(text, "unable to parse IP")


def _is_mapped(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def parse_ip(text: str) -> IP:
    """``ip(text)``; raises `EvaluationError`."""
    try:
        address, zone = parse_address(text)
    except AddressError as error:
        raise EvaluationError(
            f"IP Address {quote(text)} parse error during conversion from string: {error.message}"
        ) from None
    if zone:
        raise EvaluationError(f"IP address {quote(text)} with zone value is not allowed")
    if _is_mapped(address):
        raise EvaluationError(f"IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return IP(address)


def parse_cidr(text: str) -> CIDR:
    """``cidr(text)``; raises `EvaluationError`."""
    prefix = "network address parse error during conversion from string: "
    try:
        found = _parse_prefix(text)
    except AddressError as error:
        raise EvaluationError(f"{prefix}{prefix}{error.message}") from None
    if _is_mapped(found.address):
        raise EvaluationError(f"{prefix}IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return found


def _parse_prefix(text: str) -> CIDR:
    head, slash, bits = text.rpartition("/")

    def fail(message: str) -> AddressError:
        return AddressError(f"netip.ParsePrefix({quote(text)}): {message}")

    if not slash:
        raise fail("no '/'")
    try:
        address, zone = parse_address(head)
    except AddressError as error:
        raise fail(error.message) from None
    if zone:
        raise fail("IPv6 zones cannot be present in a prefix")
    if not re.fullmatch("0|[1-9][0-9]*|[0-9]", bits, re.ASCII):
        raise fail(f"bad bits after slash: {quote(bits)}")
    if len(bits) > 3 or int(bits) > address.max_prefixlen:
        raise fail("prefix length out of range")
    return CIDR(address, int(bits))
