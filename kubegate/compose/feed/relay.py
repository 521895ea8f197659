"""Follows a cluster and hands on what it learns: lists and watches of the same form as the cluster's, at the same paths.

So those who are fed follow as they would follow the cluster. A resource that was not seen yet is answered 503; one that was
is answered from memory, also while the cluster is away: then by the last state known. ``/detail`` says what is not followed.
"""

from __future__ import annotations

import socketserver
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson

from kubegate.compose.feed.journal import ExpiredPlace, Journal
from kubegate.compose.live import FOLLOWED, HEARTBEAT, source_of, tell
from kubegate.outbound.client import Client
from kubegate.outbound.reflector import PAGE, Progress, Reflector
from kubegate.webhook.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Followed:
    """One resource."""

    resource: str
    journal: Journal
    reflector: Reflector


class Relay:
    """What is followed, by path; ``more``: resources besides those that are always."""

    def __init__(self, client: Client, metrics: Metrics, more: Sequence[str] = ()) -> None:
        boot = uuid4().hex
        self._followed: dict[str, Followed] = {}
        for resource in (*FOLLOWED, *more):
            source = source_of(resource)
            if source is not None:
                journal, progress = Journal(boot), Progress()
                changed = partial(tell, metrics, resource, progress)
                self._followed[source.path] = Followed(
                    resource, journal, Reflector(client, source, [journal], changed, 0.0, progress)
                )

    def start(self) -> None:
        """Begin to follow."""
        for followed in self._followed.values():
            followed.reflector.start()

    def wait(self, seconds: float) -> None:
        """Until everything was seen once, or the time is over."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not all(one.reflector.progress.synced for one in self._followed.values()):
            time.sleep(0.02)

    def stop(self) -> None:
        """End following."""
        for followed in self._followed.values():
            followed.reflector.stop()

    def find(self, path: str) -> Followed | None:
        """What is followed at a path."""
        return self._followed.get(path)

    def detail(self) -> str:
        """A line for each resource that is not as it should be, or one that all is well."""
        lines = [
            f"[-]{followed.resource} not followed, last state kept: {followed.reflector.progress.error}"
            for followed in self._followed.values()
            if followed.reflector.progress.error
        ]
        return "\n".join(lines or [f"[+]cluster ok, {len(self._followed)} resources followed for all workers"])


class Handler(BaseHTTPRequestHandler):
    """One request of a worker."""

    def __init__(self, relay: Relay, *arguments: Any) -> None:
        self._relay = relay
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """A list, a watch, or the detail."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/detail":
            return self._answer(200, self._relay.detail().encode())
        followed = self._relay.find(url.path)
        if followed is None:
            return self._status(404, "NotFound", "not followed")
        if not followed.reflector.progress.synced:
            error = followed.reflector.progress.error
            return self._status(503, "ServiceUnavailable", f"not seen yet{': ' if error else ''}{error}")
        try:
            if "watch" in query:
                self._watch(followed.journal, query)
            else:
                page = followed.journal.page(int(query.get("limit") or PAGE), query.get("continue", ""))
                self._answer(200, orjson.dumps(page))
        except ExpiredPlace:
            self._status(410, "Expired", "this place is not known any more")
        return None

    def _watch(self, journal: Journal, query: dict[str, str]) -> None:
        ends = time.monotonic() + float(query.get("timeoutSeconds") or 60)
        place, lines = journal.since(query.get("resourceVersion", ""), 0)
        self._head(200)
        while time.monotonic() < ends:
            try:
                # A heartbeat where there is nothing to tell: who reads knows that the feed lives, and who went is noticed.
                self.wfile.write(b"".join(lines) or journal.bookmark(place))
                place, lines = journal.since(place, HEARTBEAT)
            except (OSError, ExpiredPlace):
                return

    def _status(self, code: int, reason: str, message: str) -> None:
        body = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": code,
            "reason": reason,
            "message": message,
        }
        self._answer(code, orjson.dumps(body))

    def _answer(self, code: int, body: bytes) -> None:
        self._head(code)
        self.wfile.write(body)

    def _head(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()

    def address_string(self) -> str:
        """Nobody has an address here."""
        return "worker"

    def log_message(self, format: str, *args: Any) -> None:
        """What workers ask is not worth a line."""


class RelayServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves a relay on a socket in the file system."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path: str, relay: Relay) -> None:
        super().__init__(path, partial(Handler, relay))
