"""Audit events (audit.k8s.io/v1) as questions: who asked what, and what was decided then.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.errors import InvalidInput, Location

DECISION = "authorization.k8s.io/decision"
STAGE = "ResponseComplete"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request: what was asked, and whether it was allowed then."""

    attributes: Attributes
    allowed: bool


@dataclass(slots=True)
class Reading:
    """How far reading is."""

    events: int = 0
    skipped: int = 0
    bytes: int = 0


def read_events(paths: Iterable[str], reading: Reading) -> Iterator[Recorded]:
    """The requests of files (``.gz`` is unpacked, ``-`` is standard input), one line at a time.

    Other stages than ResponseComplete, events without a decision and requests that were never authorized (401) are skipped.
    Raises `InvalidInput` with file and line for what is no audit event.
    """
    for path in paths:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                reading.bytes += len(line)
                if line.isspace():
                    continue
                recorded = _recorded(line, path, number)
                if recorded is None:
                    reading.skipped += 1
                    continue
                reading.events += 1
                yield recorded


def _open(path: str) -> BinaryIO | gzip.GzipFile:
    if path == "-":
        return sys.stdin.buffer
    try:
        return gzip.open(path, "rb") if path.endswith(".gz") else Path(path).open("rb")
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error


def _recorded(line: bytes, path: str, number: int) -> Recorded | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"not JSON: {error}", location=Location(path, number)) from error
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
