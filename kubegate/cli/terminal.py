"""What is printed cannot take over the terminal: names and messages come from manifests and clusters of others.

Control characters in what a command prints are shown as ``\\x1b``; only `progress` moves the cursor. Source: CVE-2021-25743.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
"""In UTF-8: all control characters but tab and line feed."""


class _Harmless(io.BufferedIOBase):
    """Passes bytes on with control characters spelled out."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink

    def write(self, data: bytes) -> int:  # type: ignore[override]  # of all buffers, bytes are what a text stream sends
        self._sink.write(_CONTROL.sub(_spelled, bytes(data)))
        return len(data)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._sink.isatty()

    def fileno(self) -> int:
        return self._sink.fileno()

    def flush(self) -> None:
        if not self._sink.closed:
            self._sink.flush()

    def trusted(self, data: bytes) -> None:
        """Write what is ours as it is."""
        self._sink.write(data)


def _spelled(found: re.Match[bytes]) -> bytes:
    return b"\\x%02x" % found.group()[-1]


@contextmanager
def harmless_output() -> Iterator[None]:
    """Until it ends, standard output and standard error print no control characters."""
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_guarded, kept)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if not stream.closed:
                stream.flush()
        sys.stdout, sys.stderr = kept


def _guarded(stream: TextIO) -> TextIO:
    sink = getattr(stream, "buffer", None)
    if sink is None:
        return stream
    stream.flush()
    guard = cast(BinaryIO, _Harmless(sink))
    return io.TextIOWrapper(guard, encoding="utf-8", errors="surrogateescape", line_buffering=stream.isatty())


def progress(text: str) -> None:
    """Show one line on standard error in the place of the last one, if that is a terminal; "" takes it away."""
    if not sys.stderr.isatty():
        return
    guard = getattr(sys.stderr, "buffer", None)
    if isinstance(guard, _Harmless):
        sys.stderr.flush()
        guard.trusted(b"\r\x1b[K")
        sys.stderr.write(text)
        sys.stderr.flush()
    else:
        sys.stderr.write(f"\r{text}")
        sys.stderr.flush()
