"""The status of jobs."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object
from kubegate.registry.interface import WriteContext
from kubegate.registry.validation.basics import check_nonnegative


def validate_job_status(job: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Everything wrong with the status of a job."""
    errors: list[FieldError] = []
    check_nonnegative(errors, "status", job.get("status") or {}, "active", "succeeded", "failed", "ready", "terminating")
    return errors
