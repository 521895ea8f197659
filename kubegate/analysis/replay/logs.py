"""Audit logs: files, also compressed ones, a line at a time, in constant memory."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import orjson

from kubegate.analysis.replay.events import Recorded, questions
from kubegate.errors import InvalidInput, Location

_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Reading:
    """How far reading is. With ``keep_going``, lines that cannot be read are left out and noted: how many, and the first."""

    events: int = 0
    skipped: int = 0
    bytes: int = 0
    keep_going: bool = False
    broken: int = 0
    problem: InvalidInput | None = None


def read_events(paths: Iterable[str], reading: Reading) -> Iterator[Recorded]:
    """The requests of files (also gzipped ones; ``-`` is standard input), one line at a time: an event or an EventList.

    Before a request of somebody who impersonates come the questions whether he may. Other stages than ResponseComplete,
    events without a decision and requests that were never authorized (401) are skipped.
    Raises `InvalidInput` with file and line for what is no audit event (but see `Reading.keep_going`).
    """
    for path in paths:
        for number, line in _lines(path):
            reading.bytes += len(line)
            if line.isspace():
                continue
            try:
                found = _read(line, path, number)
            except InvalidInput as error:
                if not reading.keep_going:
                    raise
                reading.broken += 1
                reading.problem = reading.problem or error
                continue
            for asked in found:
                if asked is None:
                    reading.skipped += 1
                    continue
                reading.events += 1
                yield from asked


def _lines(path: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"the compressed data is damaged: {error}", location=Location(path, number)) from error


def _open(path: str) -> BinaryIO | gzip.GzipFile:
    try:
        plain: BinaryIO = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115 - the caller closes it
        packed = plain.peek(2)[:2] == _GZIP if isinstance(plain, BufferedReader) else False
        return gzip.GzipFile(fileobj=plain) if packed else plain
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error


def _read(line: bytes, path: str, number: int) -> Sequence[Sequence[Recorded] | None]:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"not JSON: {error}", location=Location(path, number)) from error
    events = [event]
    if isinstance(event, dict) and event.get("kind") == "EventList" and isinstance(event.get("items"), list):
        events = [{"kind": "Event", **item} if isinstance(item, dict) else item for item in event["items"]]
    try:
        return [questions(event) for event in events]
    except (AttributeError, TypeError, ValueError) as error:
        hint = "one audit.k8s.io/v1 Event a line is expected, as --audit-log-path writes them"
        raise InvalidInput("not an audit event", location=Location(path, number), hint=hint) from error
