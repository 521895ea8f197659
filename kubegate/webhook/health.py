"""GET /healthz, /livez, /readyz: alive always; ready once there are policies, with what went wrong since in the detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from kubegate.api.status import Status
from kubegate.webhook.answers import refusal
from kubegate.webhook.interface import Handler, HookRequest, HookResponse
from kubegate.webhook.policy import PolicyHolder

_TEXT = "text/plain; charset=utf-8"


class Following(Protocol):
    """A cluster whose objects are followed."""

    @property
    def synced(self) -> bool:
        """Whether everything was seen once: what is there then stays when the cluster is away."""
        ...

    def detail(self) -> Sequence[str]:
        """A line for each thing that is followed and not as it should be, or one that all is well."""
        ...


class Alive:
    """Says ok."""

    def handle(self, request: HookRequest) -> HookResponse:
        """200."""
        return HookResponse(200, b"ok", _TEXT)


class Ready:
    """Says ok, the generation in force, and the error of the last failed reload (the last good policies still serve)."""

    def __init__(
        self, policies: PolicyHolder[Any], cluster: Following | None = None, others: Sequence[PolicyHolder[Any]] = ()
    ) -> None:
        self._policies = policies
        self._cluster = cluster
        self._others = others

    def handle(self, request: HookRequest) -> HookResponse:
        """200, or 503 before the cluster's objects were seen; a query ``?verbose`` shows the detail."""
        ready = self._cluster is None or self._cluster.synced
        if ready and "verbose" not in parse_qs(urlsplit(request.path).query, keep_blank_values=True):
            return HookResponse(200, b"ok", _TEXT)
        lines = [f"[+]policies ok, generation {self._policies.current.generation}"]
        for holder in (self._policies, *self._others):
            if holder.reloads.error:
                lines.append(f"[-]reload failed, last good {holder.what} kept: {holder.reloads.error}")
        if self._cluster is not None:
            lines += self._cluster.detail()
        lines.append("readyz check passed" if ready else "readyz check failed")
        return HookResponse(200 if ready else 503, ("\n".join(lines) + "\n").encode(), _TEXT)


class WhenSynced:
    """A handler that is asked only once the cluster's objects were seen: nothing is decided by half of the policies."""

    def __init__(self, inner: Handler, cluster: Following) -> None:
        self._inner = inner
        self._cluster = cluster

    def handle(self, request: HookRequest) -> HookResponse:
        """The handler's answer, or 503."""
        if self._cluster.synced:
            return self._inner.handle(request)
        return refusal(Status(503, "ServiceUnavailable", "the policies of the cluster have not been seen yet"))
