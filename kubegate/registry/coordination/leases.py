"""Leases and lease candidates."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import check_name
from kubegate.registry.validation.names import dns1123_subdomain, qualified_name


def _validate(lease: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = lease.get("spec") or {}
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        errors.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    if transitions is not None and transitions < 0:
        errors.append(invalid("spec.leaseTransitions", transitions, NEGATIVE))
    if spec.get("strategy") is not None:
        _check_strategy(errors, "spec.strategy", spec["strategy"])
    if spec.get("preferredHolder") and not spec.get("strategy"):
        text = "may only be specified when `strategy` is defined"
        errors.append(FieldError("FieldValueForbidden", "spec.preferredHolder", text))
    return errors


def _check_strategy(errors: list[FieldError], path: str, strategy: str) -> None:
    if strategy == "OldestEmulationVersion":
        return
    if "/" not in strategy:
        text = 'must be a domain-prefixed key (such as "acme.io/foo")'
        errors.append(invalid(path, strategy, text))
        return
    check_name(errors, path, strategy, qualified_name)


def _default(lease: Object) -> None:
    lease.setdefault("spec", {})


LEASE = Strategy(
    resource="leases.coordination.k8s.io",
    default=_default,
    validate=_validate,
    validate_update=lambda lease, old, context: _validate(lease, context),
)


def _validate_candidate(candidate: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = candidate.get("spec") or {}
    name = spec.get("leaseName") or ""
    if not name:
        errors.append(required("spec.leaseName"))
    else:
        check_name(errors, "spec.leaseName", name, dns1123_subdomain)
    for key in ("binaryVersion", "strategy"):
        if not spec.get(key):
            errors.append(required(f"spec.{key}"))
    return errors


LEASE_CANDIDATE = Strategy(
    resource="leasecandidates.coordination.k8s.io",
    validate=_validate_candidate,
    validate_update=lambda candidate, old, context: _validate_candidate(candidate, context),
)
