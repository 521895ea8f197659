"""Service accounts."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.interface import Strategy, WriteContext

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"


def _validate(account: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, account)
    return errors


def _warnings(account: Object, old: Object | None) -> Sequence[str]:
    if _ENFORCE not in annotations_of(account) or (old is not None and _ENFORCE in annotations_of(old)):
        return ()
    text = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
    return (f"metadata.annotations[{_ENFORCE}]: {text}",)


SERVICE_ACCOUNT = Strategy(
    resource="serviceaccounts",
    validate=_validate,
    validate_update=lambda account, old, context: _validate(account, context),
    warnings=_warnings,
)
