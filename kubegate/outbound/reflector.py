"""The objects of one resource of a cluster, listed once and watched ever after.

A watch that ends is resumed where it ended. When the server no longer knows that place (410), or was away (who knows from
which backup it comes back), everything is listed anew, and only what differs is told. While the cluster is away the state
told last stays. Source: client-go ``tools/cache.Reflector``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson

from kubegate.api.names import Object, metadata, name_of, namespace_of
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.failures import response_error
from kubegate.outbound.stream import Stream

_LOG = logging.getLogger("kubegate.cluster")

_RANDOM = Random()
PAGE = 500
MAX_PAGE = 256 * 1024 * 1024
"""Bytes of a page: `PAGE` objects of the largest size that the API takes fit in more than once."""
WATCH = 240
"""Seconds after which the server is asked to end a watch; up to twice that, so that not all end at once."""
SILENCE = 30
"""Seconds that a watch may outlast that before it counts as broken."""
PAUSES = (0.2, 10.0)
"""Seconds between attempts: the first pause, doubled up to the last."""
UNSERVED_PAUSE = 30.0


class Sink(Protocol):
    """Takes objects in and out."""

    def upsert(self, obj: Object) -> None: ...

    def remove(self, kind: str, namespace: str, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One resource: ``/api/v1/pods`` with the apiVersion and kind of its objects, which a list leaves out.

    ``optional``: a cluster that does not serve it (404) has none of it."""

    path: str
    api_version: str
    kind: str
    optional: bool = False


@dataclass(slots=True)
class Progress:
    """How following goes. ``contact``: seconds since the epoch of the last good answer; ``error``: of the last attempt."""

    synced: bool = False
    error: str = ""
    contact: float = 0.0
    lists: int = 0
    failures: int = 0


class _Expired(Exception):
    """The server no longer knows the place to go on from."""


@dataclass(slots=True)
class Reflector:
    """Follows one source on a thread of its own; ``changed`` is called after each step of `progress`."""

    client: Client
    source: Source
    sinks: Iterable[Sink]
    changed: Callable[[], None] = lambda: None
    idle: float = 0.0  # seconds without a byte after which a watch is broken; 0: somewhat more than it was asked to last
    progress: Progress = field(default_factory=Progress)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)  # (namespace, name) -> resourceVersion
    _version: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _stream: Stream | None = None

    def start(self) -> None:
        """Begin to follow."""
        threading.Thread(target=self.run, name=f"watch {self.source.path}", daemon=True).start()

    def stop(self) -> None:
        """End following."""
        self._stop.set()
        if self._stream is not None:
            self._stream.close()

    def run(self) -> None:
        """List and watch until stopped."""
        pause = PAUSES[0]
        while not self._stop.is_set():
            try:
                self._step()
                pause = PAUSES[0]
                continue
            except _Expired:
                pass
            except Unavailable as error:
                self._failed(error)
            self._version = ""
            self._stop.wait(pause * _RANDOM.uniform(0.8, 1.2))
            pause = min(2 * pause, PAUSES[1])

    def _step(self) -> None:
        if not self._version and not self._list():
            self._stop.wait(UNSERVED_PAUSE)
            return
        self._watch()

    def _failed(self, error: Unavailable) -> None:
        if self._stop.is_set():
            return
        if not self.progress.error:
            _LOG.warning("%s cannot be followed: %s", self.source.path, error)
        self.progress.failures += 1
        self.progress.error = str(error)
        self.changed()

    def _answered(self) -> None:
        self.progress.contact = time.time()
        self.progress.error = ""

    # ---------------------------------------------------------------- list

    def _list(self) -> bool:
        """Everything anew; False if the cluster does not serve the resource."""
        seen: dict[tuple[str, str], str] = {}
        version = ""
        for page in self._pages():
            for item in page.get("items") or ():
                obj = {"apiVersion": self.source.api_version, "kind": self.source.kind, **item}
                key = (namespace_of(obj), name_of(obj))
                seen[key] = _version_of(obj)
                if self._known.get(key) != seen[key]:
                    self._upsert(obj)
            version = str(metadata(page).get("resourceVersion") or "")
        for namespace, name in self._known.keys() - seen.keys():
            self._remove(namespace, name)
        self._version = version
        self._answered()
        self.progress.synced = True
        self.progress.lists += 1
        self.changed()
        return bool(version)

    def _pages(self) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"limit": PAGE}
        while True:
            answer = self.client.get(f"{self.source.path}?{urlencode(query)}", longest=MAX_PAGE)
            if answer.status == 404 and self.source.optional:
                return
            _check(answer.status, answer.body)
            page = _json(answer.body)
            yield page
            following = metadata(page).get("continue")
            if not following:
                return
            query["continue"] = following

    # ---------------------------------------------------------------- watch

    def _watch(self) -> None:
        """The changes since the last one seen, until the server ends the watch."""
        seconds = _RANDOM.randint(WATCH, 2 * WATCH)
        query = {
            "watch": "1",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        stream = self.client.open(f"{self.source.path}?{urlencode(query)}", idle=self.idle or seconds + SILENCE)
        self._stream = stream
        try:
            if stream.status != 200:
                _check(stream.status, stream.body())
            self._answered()
            self.changed()
            for line in stream.lines():
                if self._stop.is_set():
                    return
                if line:
                    self._take(_json(line))
        finally:
            self._stream = None
            stream.release()

    def _take(self, event: dict[str, Any]) -> None:
        kind, obj = event.get("type"), event.get("object")
        if not isinstance(obj, dict):
            raise Unavailable(f"{self.source.path}: an event of the watch has no object")
        if kind == "ERROR":
            _check(int(obj.get("code") or 500), orjson.dumps(obj))
        elif kind in ("ADDED", "MODIFIED"):
            self._upsert(obj)
        elif kind == "DELETED":
            self._remove(namespace_of(obj), name_of(obj))
        self._version = _version_of(obj) or self._version
        self.progress.contact = time.time()

    def _upsert(self, obj: Object) -> None:
        for sink in self.sinks:
            sink.upsert(obj)
        self._known[namespace_of(obj), name_of(obj)] = _version_of(obj)

    def _remove(self, namespace: str, name: str) -> None:
        for sink in self.sinks:
            sink.remove(self.source.kind, namespace, name)
        self._known.pop((namespace, name), None)


def _check(status: int, body: bytes) -> None:
    if status == 410:
        raise _Expired
    failure = response_error(status, body)
    if failure is not None:
        raise Unavailable(failure.message)


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"the cluster's answer is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Unavailable("the cluster's answer is not a JSON object")
    return value


def _version_of(obj: Object) -> str:
    return str(metadata(obj).get("resourceVersion") or "")
