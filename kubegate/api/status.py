"""The Kubernetes ``Status`` object, HTTP codes and reasons: known here and nowhere else.

Source: apimachinery ``pkg/api/errors`` and ``metav1.Status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubegate.api.field_errors import FieldError, aggregate
from kubegate.api.go import quote
from kubegate.errors import KubegateError


@dataclass(frozen=True, slots=True)
class Status:
    """A failure (or success) as a value: HTTP code, machine reason, human message, details (None: the answer has none;
    empty ones are sent as ``{}``), seconds after which to try again (``Retry-After``; 0: none)."""

    code: int
    reason: str = ""
    message: str = ""
    details: dict[str, Any] | None = None
    retry_after: int = 0
    continue_token: str = ""
    """``metadata.continue`` of an expired list: goes on with the newest state."""

    def to_object(self) -> dict[str, Any]:
        """The ``Status`` object sent to the client."""
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_token} if self.continue_token else {},
            "status": "Success" if self.code < 400 else "Failure",
        }
        if self.message:
            body["message"] = self.message
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


class StatusError(KubegateError):
    """A request ends with this Status."""

    code = "status"

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


def _details(name: str, group: str, kind: str, **more: Any) -> dict[str, Any]:
    parts = {"name": name, "group": group, "kind": kind, **more}
    return {key: value for key, value in parts.items() if value not in ("", None, [])}


def _qualified(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


def bad_request(message: str) -> Status:
    """400."""
    return Status(400, "BadRequest", message)


def unauthorized() -> Status:
    """401: what the server says whatever the cause."""
    return Status(401, "Unauthorized", "Unauthorized")


def forbidden(group: str, resource: str, name: str, why: str) -> Status:
    """403 ``pods "x" is forbidden: why`` (no name: ``pods is forbidden: why``; no resource: ``forbidden: why``)."""
    if not resource:
        return Status(403, "Forbidden", f"forbidden: {why}", _details(name, group, resource))
    subject = _qualified(group, resource) + (f" {quote(name)}" if name else "")
    return Status(403, "Forbidden", f"{subject} is forbidden: {why}", _details(name, group, resource))


def not_found(group: str, resource: str, name: str) -> Status:
    """404 ``pods "x" not found``."""
    return Status(404, "NotFound", f"{_qualified(group, resource)} {quote(name)} not found", _details(name, group, resource))


def unknown_path() -> Status:
    """404 of a resource that the server does not have."""
    return Status(404, "NotFound", "the server could not find the requested resource", {})


def method_not_supported(group: str, resource: str, action: str) -> Status:
    """405."""
    message = f'{action} is not supported on resources of kind "{_qualified(group, resource)}"'
    return Status(405, "MethodNotAllowed", message, _details("", group, resource))


def already_exists(group: str, resource: str, name: str) -> Status:
    """409 of a create."""
    message = f"{_qualified(group, resource)} {quote(name)} already exists"
    return Status(409, "AlreadyExists", message, _details(name, group, resource))


def conflict(group: str, resource: str, name: str, why: str) -> Status:
    """409 of a compare-and-swap."""
    message = f"Operation cannot be fulfilled on {_qualified(group, resource)} {quote(name)}: {why}"
    return Status(409, "Conflict", message, _details(name, group, resource))


def gone(message: str) -> Status:
    """410: the revision or the continue token is too old."""
    return Status(410, "Expired", message)


def too_large(message: str) -> Status:
    """413."""
    return Status(413, "RequestEntityTooLarge", message)


def invalid(group: str, kind: str, name: str, errors: Sequence[FieldError]) -> Status:
    """422 ``Deployment.apps "x" is invalid: ...`` with one cause an error."""
    message = f"{_qualified(group, kind)} {quote(name)} is invalid"
    causes = [error.to_cause() for error in errors]
    if errors:
        message += f": {aggregate(errors)}"
    return Status(422, "Invalid", message, _details(name, group, kind, causes=causes))


def internal(message: str) -> Status:
    """500; ``message`` must not hold anything secret."""
    text = f"Internal error occurred: {message}"
    return Status(500, "InternalError", text, {"causes": [{"message": message}]})
