"""Leases and lease candidates.

Source: ``pkg/apis/coordination/validation``.
"""

from __future__ import annotations

import re

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import check_immutable, check_name
from kubegate.registry.validation.names import config_map_key, qualified_name

_OLDEST = "OldestEmulationVersion"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-+][0-9A-Za-z.+-]+)?", re.ASCII)
_NO_VERSION = (0, 0, 0)
_NOT_A_VERSION = "must be a valid semantic version"


def _default(lease: Object) -> None:
    lease.setdefault("spec", {})


def _prepare(lease: Object, context: WriteContext) -> None:
    # Coordinated leader election is off unless asked for: its fields are dropped.
    for key in ("strategy", "preferredHolder"):
        (lease.get("spec") or {}).pop(key, None)


def _prepare_update(lease: Object, old: Object, context: WriteContext) -> None:
    spec, before = lease.get("spec") or {}, old.get("spec") or {}
    if before.get("strategy") is None:
        spec.pop("strategy", None)
        if before.get("preferredHolder") is None:
            spec.pop("preferredHolder", None)


def _validate(lease: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = lease.get("spec") or {}
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        errors.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    if transitions is not None and transitions < 0:
        errors.append(invalid("spec.leaseTransitions", transitions, NEGATIVE))
    if spec.get("strategy") is not None:
        _check_strategy(errors, spec["strategy"])
    if spec.get("preferredHolder") and not spec.get("strategy"):
        errors.append(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return errors


def _check_strategy(errors: list[FieldError], strategy: str) -> None:
    path = "spec.strategy.strategy"  # so the server calls it
    if "/" in strategy:
        check_name(errors, path, strategy, qualified_name)
    elif strategy != _OLDEST:
        errors.append(not_supported(path, strategy, [_OLDEST]))


LEASE = Strategy(
    resource="leases.coordination.k8s.io",
    default=_default,
    prepare=_prepare,
    prepare_update=_prepare_update,
    validate=_validate,
    validate_update=lambda lease, old, context: _validate(lease, context),
)


def _validate_candidate(candidate: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = candidate.get("spec") or {}
    if not spec.get("leaseName"):
        errors.append(required("spec.leaseName"))
    emulation = _version(errors, "spec.emulationVersion", spec.get("emulationVersion") or "")
    text = spec.get("binaryVersion") or ""
    if not text:
        errors.append(required("spec.binaryVersion"))
    binary = _version(errors, "spec.binaryVersion", text)
    if text and spec.get("emulationVersion") and binary < emulation:
        errors.append(invalid("spec.binaryVersion", text, "must be greater than or equal to `emulationVersion`"))
    strategy = spec.get("strategy") or ""
    if not strategy:
        errors.append(required("spec.strategy"))
        return errors
    if strategy == _OLDEST and emulation == _NO_VERSION:
        errors.append(required("spec.emulationVersion", f"must be specified when `strategy` is '{_OLDEST}'"))
    _check_strategy(errors, strategy)
    return errors


def _version(errors: list[FieldError], path: str, text: str) -> tuple[int, ...]:
    """The numbers of a version (zeros if there is none, or it is wrong)."""
    match = _VERSION.fullmatch(text)
    if match is not None:
        return tuple(map(int, match.groups()))
    if text:
        errors.append(invalid(path, text, _NOT_A_VERSION))
    return _NO_VERSION


def _validate_candidate_update(candidate: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_candidate(candidate, context)
    name, before = ((item.get("spec") or {}).get("leaseName") for item in (candidate, old))
    check_immutable(errors, "spec.leaseName", name, before)
    return errors


LEASE_CANDIDATE = Strategy(
    resource="leasecandidates.coordination.k8s.io",
    name=lambda name, prefix: config_map_key(name),
    validate=_validate_candidate,
    validate_update=_validate_candidate_update,
)
