"""Events: what a controller tells people about an object.

An event that repeats becomes a higher count of the one that is there, whichever revision of the object it is about; ten that
differ in their message alone become one. An event that cannot be written is lost: it never stops the work it tells of.
Source: client-go ``tools/record/events_cache.go``.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from threading import Lock

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.interface import Context

NORMAL, WARNING = "Normal", "Warning"
_REMEMBERED = 4096
_SIMILAR = 10
"""Messages that differ until they are told as one."""
_COMBINED = "(combined from similar events): "
_STRATEGIC = "application/strategic-merge-patch+json"
_LOG = logging.getLogger(__name__)


class Recorder:
    """Events of one component (``deployment-controller``)."""

    def __init__(self, context: Context, component: str) -> None:
        self._context = context
        self._component = component
        self._seen: OrderedDict[tuple[str, ...], tuple[str, int]] = OrderedDict()
        self._messages: OrderedDict[tuple[str, ...], list[str]] = OrderedDict()
        self._lock = Lock()

    def report(self, about: Object, reason: str, message: str, kind: str = NORMAL) -> None:
        """Tell something of an object; ``kind`` is NORMAL or WARNING."""
        reference = _reference(about)
        similar = (*(str(value) for field, value in reference.items() if field != "resourceVersion"), kind, reason)
        namespace = reference.get("namespace") or "default"
        path = f"/api/v1/namespaces/{namespace}/events"
        with self._lock:
            is_one_of_many = self._is_one_of_many(similar, message)
            key = similar if is_one_of_many else (*similar, message)
            known = self._seen.get(key)
        message = f"{_COMBINED}{message}" if is_one_of_many else message
        try:
            if known is None or not self._repeat(path, key, known, message):
                self._first(path, key, namespace, reference, kind, reason, message)
        except StatusError as error:
            _LOG.debug("event %s of %s not written: %s", reason, name_of(about), error.status.message)

    def _is_one_of_many(self, similar: tuple[str, ...], message: str) -> bool:
        messages = self._messages.setdefault(similar, [])
        self._messages.move_to_end(similar)
        if len(self._messages) > _REMEMBERED:
            self._messages.popitem(last=False)
        if message not in messages:
            messages.append(message)
        if len(messages) < _SIMILAR:
            return False
        messages.pop(0)
        return True

    def _repeat(self, path: str, key: tuple[str, ...], known: tuple[str, int], message: str) -> bool:
        name, count = known
        patch = {"count": count + 1, "lastTimestamp": self._context.timestamp(), "message": message}
        try:
            self._context.client.patch(f"{path}/{name}", patch, _STRATEGIC)
        except StatusError as error:
            if error.status.code == 404:
                return False
            raise
        self._remember(key, name, count + 1)
        return True

    def _first(
        self, path: str, key: tuple[str, ...], namespace: str, reference: Object, kind: str, reason: str, message: str
    ) -> None:
        name, moment = f"{reference['name']}.{time.time_ns():x}", self._context.timestamp()
        self._context.client.create(
            path,
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": reference,
                "reason": reason,
                "message": message,
                "source": {"component": self._component},
                "firstTimestamp": moment,
                "lastTimestamp": moment,
                "count": 1,
                "type": kind,
                "reportingComponent": self._component,
                "reportingInstance": "",
            },
        )
        self._remember(key, name, 1)

    def _remember(self, key: tuple[str, ...], name: str, count: int) -> None:
        with self._lock:
            self._seen[key] = (name, count)
            self._seen.move_to_end(key)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)


def _reference(about: Object) -> Object:
    meta = about["metadata"]
    reference = {
        "kind": about.get("kind"),
        "namespace": namespace_of(about),
        "name": name_of(about),
        "uid": meta.get("uid"),
        "apiVersion": about.get("apiVersion"),
        "resourceVersion": meta.get("resourceVersion"),
    }
    return {key: value for key, value in reference.items() if value}
