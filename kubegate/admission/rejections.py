"""How plugins refuse: the Status texts that name the object under review.

Source: k8s.io/apiserver ``pkg/admission/errors.go``.
"""

from __future__ import annotations

from kubegate.admission.interface import Review
from kubegate.api import status
from kubegate.api.status import Status


def shown_name(review: Review) -> str:
    """The name that a refusal shows: the request's, else the object's name or generateName, else ``Unknown``."""
    if review.name:
        return review.name
    meta = (review.object or {}).get("metadata") or {}
    return meta.get("name") or meta.get("generateName") or "Unknown"


def forbidden(review: Review, why: str) -> Status:
    """403 ``pods "x" is forbidden: why``."""
    return status.forbidden(review.resource.group, review.resource.resource, shown_name(review), why)


def not_found(review: Review) -> Status:
    """404 of the object under review."""
    return status.not_found(review.resource.group, review.resource.resource, shown_name(review))


def plain(message: str) -> Status:
    """500 without a reason: what the API server makes of an error that is no Status."""
    return Status(500, "", message)
