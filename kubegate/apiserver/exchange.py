"""One request on its way through the pipeline."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from kubegate.api.names import Object
from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.messages import Request


@dataclass(slots=True)
class Exchange:
    """``user`` is who the request counts as (after impersonation); warnings become headers, annotations go to the audit.

    ``request_object``, ``request_patch`` and ``response_object`` are left here for the audit,
    which looks at requests that are ``recorded``."""

    request: Request
    info: RequestInfo
    user: User
    audit_id: str = ""
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    request_object: Object | None = None
    request_patch: bytes = b""
    response_object: Object | None = None
    recorded: bool = False

    def keep_request(self, obj: Object) -> None:
        """Leave the decoded object of a request for the audit, as it is now."""
        if self.recorded:
            self.request_object = copy.deepcopy(obj)

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)
