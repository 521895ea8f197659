"""One request on its way through the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field

from kubegate.api.names import Object
from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.messages import Request


@dataclass(slots=True)
class Exchange:
    """``user`` is who the request counts as (after impersonation); warnings become headers, annotations go to the audit.

    ``request_object`` and ``response_object`` are left here for the audit."""

    request: Request
    info: RequestInfo
    user: User
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    request_object: Object | None = None
    response_object: Object | None = None

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)
