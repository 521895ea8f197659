"""The head of a DER element: class, tag and length, refused as Go refuses them.

Source: Go's ``encoding/asn1`` (``parseTagAndLength``).
"""

from __future__ import annotations

from typing import NamedTuple

_SEQUENCE = 16


class Fault(ValueError):
    """What is no DER, in Go's words."""


class Head(NamedTuple):
    """Class, tag and length of an element, and how many bytes say so."""

    kind: int
    tag: int
    length: int
    compound: bool
    size: int

    @property
    def is_sequence(self) -> bool:
        """True for a SEQUENCE."""
        return (self.kind, self.tag, self.compound) == (0, _SEQUENCE, True)

    @property
    def end(self) -> int:
        """Where the element ends."""
        return self.size + self.length

    def __str__(self) -> str:
        """As Go prints the struct in messages."""
        return f"{{class:{self.kind} tag:{self.tag} length:{self.length} isCompound:{str(self.compound).lower()}}}"


def head(data: bytes) -> Head:
    """The head at the start of ``data`` (not empty); raises `Fault`."""
    first, tag, start = data[0], data[0] & 0x1F, 1
    if tag == 0x1F:
        tag, start = _long_tag(data)
    if start >= len(data):
        raise Fault("asn1: syntax error: truncated tag or length")
    length, start = _length(data, start)
    return Head(first >> 6, tag, length, bool(first & 0x20), start)


def _long_tag(data: bytes) -> tuple[int, int]:
    """A tag in groups of seven bits, and where it ends."""
    tag = 0
    for index, byte in enumerate(data[1:6], 1):
        if index == 1 and byte == 0x80:
            raise Fault("asn1: syntax error: integer is not minimally encoded")
        tag = tag << 7 | byte & 0x7F
        if tag > 0x7FFFFFFF or index == 5:
            raise Fault("asn1: structure error: base 128 integer too large")
        if not byte & 0x80:
            if tag < 0x1F:
                raise Fault("asn1: syntax error: non-minimal tag")
            return tag, index + 1
    raise Fault("asn1: syntax error: truncated base 128 integer")


def _length(data: bytes, start: int) -> tuple[int, int]:
    """The length that stands at ``start``, and where the content begins."""
    byte = data[start]
    start += 1
    if not byte & 0x80:
        return byte, start
    size, length = byte & 0x7F, 0
    if not size:
        raise Fault("asn1: syntax error: indefinite length found (not DER)")
    for index in range(start, start + size):
        if index >= len(data):
            raise Fault("asn1: syntax error: truncated tag or length")
        if length >= 1 << 23:
            raise Fault("asn1: structure error: length too large")
        length = length << 8 | data[index]
        if not length:
            raise Fault("asn1: structure error: superfluous leading zeros in length")
    if length < 0x80:
        raise Fault("asn1: structure error: non-minimal length")
    return length, start + size
