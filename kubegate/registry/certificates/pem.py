"""PEM blocks, found as Go finds them: what is no whole block is passed over.

Source: Go's ``encoding/pem`` (``Decode``), which the API's rules of certificates are written against.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_BLOCK = re.compile(
    rb"^-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n:]*:[^\n]*\n)*)([^-:]*)^-----END \1-----[ \t\r]*$", re.MULTILINE
)
_SPACE = re.compile(rb"\s+")


class Block(NamedTuple):
    """One block: its type (``CERTIFICATE``), whether headers precede the content, and the content decoded."""

    kind: str
    has_headers: bool
    content: bytes


def blocks(data: bytes) -> Iterator[Block]:
    """The blocks of ``data`` in order; text around them, and blocks that are not base64, are skipped."""
    for kind, headers, body in _BLOCK.findall(data):
        try:
            content = base64.b64decode(_SPACE.sub(b"", body), validate=True)
        except binascii.Error:
            continue
        yield Block(kind.decode("latin-1"), bool(headers), content)
