"""EventRateLimit: events come no faster than the configuration allows: in all, by namespace, by user, or by what they
are about.

Each limit is a token bucket: ``burst`` tokens at most, ``qps`` new ones a second. Dry runs take none.

Source: kubernetes ``plugin/pkg/admission/eventratelimit``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.api.status import Status
from kubegate.errors import ConfigurationError

DEFAULT_CACHE = 4096


class LimitModel(BaseModel, extra="forbid"):
    """One limit. ``cacheSize``: so many buckets are remembered (the least used are forgotten, and start full again)."""

    type: Literal["Server", "Namespace", "User", "SourceAndObject"]
    qps: int = Field(gt=0)
    burst: int = Field(gt=0)
    cacheSize: int = Field(0, ge=0)


class EventRateLimitConfiguration(BaseModel, extra="forbid"):
    """The plugin's configuration kind."""

    apiVersion: Literal["eventratelimit.admission.k8s.io/v1alpha1"]
    kind: Literal["Configuration"]
    limits: list[LimitModel] = Field(min_length=1)


class _Limit:
    """The buckets of one limit: key -> (tokens, when they were counted)."""

    def __init__(self, model: LimitModel, now: Callable[[], datetime]) -> None:
        self._model = model
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def complaint(self, review: Review) -> str:
        """Take a token; what to say if there is none."""
        key = _KEYS[self._model.type](review)
        if self._take(key):
            return ""
        return f"limit reached on type {self._model.type} for key {key}"

    def _take(self, key: str) -> bool:
        now = self._now().timestamp()
        with self._lock:
            tokens, since = self._buckets.pop(key, (float(self._model.burst), now))
            tokens = min(float(self._model.burst), tokens + (now - since) * self._model.qps)
            taken = tokens >= 1
            self._buckets[key] = (tokens - 1 if taken else tokens, now)
            while len(self._buckets) > (self._model.cacheSize or DEFAULT_CACHE):
                self._buckets.popitem(last=False)
        return taken


class EventRateLimit:
    """Asks every limit: each takes its token even if another refuses."""

    def __init__(self, limits: list[_Limit]) -> None:
        self._limits = limits

    def validate(self, review: Review) -> Status | None:
        if review.kind[::2] != ("", "Event") or review.dry_run:
            return None
        if review.operation not in (Operation.CREATE, Operation.UPDATE):
            return None
        complaints = list(dict.fromkeys(text for limit in self._limits if (text := limit.complaint(review))))
        if not complaints:
            return None
        said = complaints[0] if len(complaints) == 1 else f"[{', '.join(complaints)}]"
        return Status(429, "TooManyRequests", f"Too many requests: {said}")


def _source_and_object(review: Review) -> str:
    event = review.object or {}
    source, about = event.get("source") or {}, event.get("involvedObject") or {}
    parts = [source.get("component"), source.get("host")]
    parts += [about.get(field) for field in ("kind", "namespace", "name", "uid", "apiVersion")]
    return "".join(part or "" for part in parts)


_KEYS: dict[str, Callable[[Review], str]] = {
    "Server": lambda review: "",
    "Namespace": lambda review: review.namespace,
    "User": lambda review: review.user.name,
    "SourceAndObject": _source_and_object,
}


def _build(environment: Environment, configuration: Any) -> EventRateLimit:
    if configuration is None:
        raise ConfigurationError(
            "EventRateLimit: limits: must not be empty", hint="configure it: it limits nothing by itself"
        )
    return EventRateLimit([_Limit(limit, environment.now) for limit in configuration.limits])


PLUGIN = Plugin("EventRateLimit", _build, model=EventRateLimitConfiguration)
