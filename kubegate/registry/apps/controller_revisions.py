"""Controller revisions: immutable snapshots of what a workload was."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_nonnegative


def _default(revision: Object) -> None:
    revision.setdefault("revision", 0)


def _validate(revision: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, revision)
    if revision.get("data") is None:
        errors.append(required("data", "data is mandatory"))
    if (revision.get("revision") or 0) < 0:
        check: list[FieldError] = []
        check_nonnegative(check, "", revision, "revision")
        errors += [invalid("revision", error.value, error.detail) for error in check]
    return errors


def _validate_update(revision: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(revision, context)
    if revision.get("data") != old.get("data"):
        errors.append(invalid("data", revision.get("data"), IMMUTABLE))
    return errors


CONTROLLER_REVISION = Strategy(
    resource="controllerrevisions.apps",
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)
