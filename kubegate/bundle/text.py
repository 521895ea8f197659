"""The bytes of a file -> UTF-8 text without a byte order mark: gzip and UTF-16 (PowerShell's ``>``) are undone.

What cannot be text at all is explained: which byte is wrong, and what the file probably is instead.
"""

from __future__ import annotations

import zlib

from kubegate.errors import InvalidInput, Location

LONGEST = 1 << 30
"""Bytes that a compressed file may stand for: few bytes of gzip can mean many."""

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_FOREIGN = (
    (b"PK\x03\x04", "this is a zip archive: unpack it"),
    (b"\x28\xb5\x2f\xfd", "this is compressed with zstd: unpack it"),
    (b"BZh", "this is compressed with bzip2: unpack it"),
    (b"\x89PNG", "this is a picture"),
    (b"\x7fELF", "this is a program"),
)


def plain_text(data: bytes, file: str) -> bytes:
    """The text. Raises `InvalidInput` for a damaged or too large gzip file, or damaged UTF-16."""
    if data[:2] == _GZIP:
        data = _unpacked(data, file)
    if data[:2] in _UTF_16:
        try:
            data = data.decode(_UTF_16[data[:2]]).encode()
        except UnicodeDecodeError as error:
            raise InvalidInput("this is not UTF-16, as its first bytes say", location=Location(file, 1, 1)) from error
    return data.removeprefix(_MARK)


def _unpacked(data: bytes, file: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while data[:2] == _GZIP:  # a file may hold several, one after the other
            unpacker = zlib.decompressobj(31)
            parts.append(unpacker.decompress(data, LONGEST - size))
            size += len(parts[-1])
            if unpacker.unconsumed_tail:
                raise InvalidInput(f"this unpacks to more than {LONGEST >> 20} MiB", location=Location(file))
            if not unpacker.eof:
                raise InvalidInput("this gzip file ends too early", location=Location(file), hint="was it cut off?")
            data = unpacker.unused_data
    except zlib.error as error:
        raise InvalidInput(f"this gzip file is damaged: {error}", location=Location(file)) from error
    return b"".join(parts)


def not_text(data: bytes, file: str) -> InvalidInput | None:
    """What is wrong with the bytes as UTF-8, with its place; None if nothing is."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return InvalidInput(
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            location=Location(file, line, column),
            hint=_foreign(data) or "save the file as UTF-8",
        )
    return None


def _foreign(data: bytes) -> str:
    known = next((meaning for start, meaning in _FOREIGN if data.startswith(start)), "")
    return known or ("this is no text file" if b"\0" in data[:8192] else "")


def likely_meaning(data: bytes) -> str:
    """What a text is that is no manifest; "" if it cannot be told."""
    start = data.lstrip()[:400]
    if b"{{" in data:
        return "this looks like a template of Helm: give what `helm template` makes of it"
    if start[:1] == b"<":
        return "this looks like HTML or XML, perhaps the error page of a download"
    if start.startswith((b"Error from server", b"error:", b"Error:", b"The connection to the server")):
        return "this looks like the error message of the command that should have written it"
    if start.startswith((b"NAME ", b"NAMESPACE ")):
        return "this looks like kubectl's table: get it with -o yaml"
    if start.startswith(b"No resources found"):
        return "kubectl found nothing: this is no manifest"
    return ""
