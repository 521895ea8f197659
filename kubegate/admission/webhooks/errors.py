"""How calls of webhooks end when they do not end well.

Source: k8s.io/apiserver ``pkg/util/webhook`` (ErrCallingWebhook) and ``pkg/admission/plugin/webhook/errors``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.api import status as statuses
from kubegate.api.status import Status
from kubegate.errors import KubegateError


class CallFailed(KubegateError):
    """The webhook could not be asked, or its answer is unusable; it is for the failure policy."""

    code = "webhook-call"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f'failed calling webhook "{name}": {reason}')

    def status(self) -> Status:
        """What the client gets under the failure policy Fail."""
        return statuses.internal(self.message)


class Refused(KubegateError):
    """The request ends here, whatever the failure policy; ``status`` is the answer."""

    code = "webhook-refused"

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


def dry_run_unsupported(name: str) -> Refused:
    """The webhook has side effects and the request is a dry run."""
    return Refused(statuses.bad_request(f'admission webhook "{name}" does not support dry run'))


def rejection(name: str, result: Mapping[str, Any]) -> Refused:
    """The webhook said no; ``result`` is the Status that it sent, or empty."""
    code = result.get("code")
    code = code if isinstance(code, int) and code >= 400 else 400
    reason, message = str(result.get("reason") or ""), str(result.get("message") or "")
    why = message or reason
    text = f'admission webhook "{name}" denied the request' + (f": {why}" if why else " without explanation")
    return Refused(Status(code, reason, text, result.get("details") or None))
