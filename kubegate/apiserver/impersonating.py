"""The impersonation stage of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.api.request import RequestInfo
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.impersonation import Impersonated, Impersonator
from kubegate.apiserver.messages import Request


@dataclass(frozen=True, slots=True)
class ImpersonationStage:
    """Implements `pipeline.Impersonation`."""

    impersonator: Impersonator

    def impersonate(self, request: Request, info: RequestInfo, user: User) -> Impersonated | None:
        """See `pipeline.Impersonation.impersonate`."""
        if not any(name.startswith("impersonate-") for name in request.headers):
            return None
        outcome = self.impersonator.resolve(request.headers, attributes_of(info, user))
        if isinstance(outcome, Status):
            raise StatusError(outcome)
        return outcome
