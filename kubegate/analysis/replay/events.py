"""Audit events (audit.k8s.io/v1) as questions: who asked what, and what was decided then.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.errors import InvalidInput, Location

DECISION = "authorization.k8s.io/decision"
STAGE = "ResponseComplete"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request: what was asked, and whether it was allowed then."""

    attributes: Attributes
    allowed: bool


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

    Other stages than ResponseComplete, events without a decision and requests that were never authorized (401) are skipped.
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
            for recorded in found:
                if recorded is None:
                    reading.skipped += 1
                    continue
                reading.events += 1
                yield recorded


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


def _read(line: bytes, path: str, number: int) -> Sequence[Recorded | None]:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"not JSON: {error}", location=Location(path, number)) from error
    if isinstance(event, dict) and event.get("kind") == "EventList" and isinstance(event.get("items"), list):
        items = [{"kind": "Event", **item} if isinstance(item, dict) else item for item in event["items"]]
        return [_recorded(item, path, number) for item in items]
    return (_recorded(event, path, number),)


def _recorded(event: Any, path: str, number: int) -> Recorded | None:
    if not isinstance(event, dict) or event.get("kind") != "Event" or "verb" not in event:
        hint = "one audit.k8s.io/v1 Event a line is expected, as --audit-log-path writes them"
        raise InvalidInput("not an audit event", location=Location(path, number), hint=hint)
    decision = (event.get("annotations") or {}).get(DECISION)
    if event.get("stage") != STAGE or decision is None:
        return None
    return Recorded(_attributes(event), decision == "allow")


def _attributes(event: dict[str, Any]) -> Attributes:
    info = event.get("impersonatedUser") or event.get("user") or {}
    extra = info.get("extra")
    user = User(
        info.get("username") or "",
        info.get("uid") or "",
        tuple(info.get("groups") or ()),
        tuple((key, tuple(values)) for key, values in extra.items()) if extra else (),
    )
    target = event.get("objectRef")
    if not target or not target.get("resource"):
        return Attributes(user, event["verb"], False, path=urlsplit(event.get("requestURI") or "/").path)
    return Attributes(
        user,
        event["verb"],
        True,
        target.get("apiGroup") or "",
        target.get("apiVersion") or "*",
        target["resource"],
        target.get("subresource") or "",
        target.get("namespace") or "",
        target.get("name") or "",
    )
