"""GET /healthz, /livez, /readyz: alive always; ready once policies are loaded, with what went wrong since in the detail."""

from __future__ import annotations

from typing import Any

from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.policy import PolicyHolder

_TEXT = "text/plain; charset=utf-8"


class Alive:
    """Says ok."""

    def handle(self, request: HookRequest) -> HookResponse:
        """200."""
        return HookResponse(200, b"ok", _TEXT)


class Ready:
    """Says ok, the generation in force, and the error of the last failed reload (the last good policies still serve)."""

    def __init__(self, policies: PolicyHolder[Any]) -> None:
        self._policies = policies

    def handle(self, request: HookRequest) -> HookResponse:
        """200; a query ``?verbose`` shows the detail."""
        if not request.path.endswith("?verbose"):
            return HookResponse(200, b"ok", _TEXT)
        reloads = self._policies.reloads
        lines = [f"[+]policies ok, generation {self._policies.current.generation}"]
        if reloads.error:
            lines.append(f"[-]reload failed, last good policies kept: {reloads.error}")
        return HookResponse(200, ("\n".join(lines) + "\nreadyz check passed\n").encode(), _TEXT)
