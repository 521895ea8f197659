"""The status of jobs: what it may say, and what it may not take back.

Whoever runs a job writes its status, be it not the built-in controller. What is wrong with a part of it that did not change
is let through, so that the rest can be written.

Source: ``pkg/apis/batch/validation`` and the options of ``pkg/registry/batch/job``.
"""

from __future__ import annotations

from kubegate.api.field_errors import OMIT, FieldError, duplicate, invalid, required
from kubegate.api.names import Object
from kubegate.registry.batch.indexes import IndexListError, count_indexes, first_overlap
from kubegate.registry.interface import WriteContext
from kubegate.registry.validation.basics import check_nonnegative, same

_COMPLETE, _FAILED, _TARGET, _SUCCESS = "Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"
_CONDITIONS = "status.conditions"


def validate_job_status(job: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Everything wrong with the status of a job."""
    errors: list[FieldError] = []
    spec, status, before = job.get("spec") or {}, job.get("status") or {}, old.get("status") or {}
    check_nonnegative(errors, "status", status, "active", "succeeded", "failed", "ready", "terminating")
    _check_uncounted(errors, status.get("uncountedTerminatedPods") or {})
    now, then = _true_conditions(status), _true_conditions(before)
    changed = now ^ then
    _check_outcome(errors, now, changed)
    _check_times(errors, status, before, now, changed)
    _check_finished(errors, status, before, now, changed)
    _check_indexes(errors, spec, status, before)
    _check_success(errors, spec, now)
    _check_lost(errors, spec, status, before, now, then)
    return errors


def _true_conditions(status: Object) -> set[str]:
    return {str(item.get("type")) for item in status.get("conditions") or () if item.get("status") == "True"}


def _forbid(errors: list[FieldError], text: str) -> None:
    errors.append(invalid(_CONDITIONS, OMIT, text))


def _check_uncounted(errors: list[FieldError], uncounted: Object) -> None:
    seen: set[str] = set()
    for key in ("succeeded", "failed"):
        for index, uid in enumerate(uncounted.get(key) or ()):
            place = f"status.uncountedTerminatedPods.{key}[{index}]"
            if not uid:
                errors.append(invalid(place, uid, "must not be empty"))
            elif uid in seen:
                errors.append(duplicate(place, uid))
            seen.add(uid)


def _check_outcome(errors: list[FieldError], now: set[str], changed: set[str]) -> None:
    for other, text in ((_FAILED, "Failed"), (_TARGET, "FailureTarget")):
        if changed & {_COMPLETE, other} and {_COMPLETE, other} <= now:
            _forbid(errors, f"cannot set Complete=True and {text}=true conditions")


def _check_times(errors: list[FieldError], status: Object, before: Object, now: set[str], changed: set[str]) -> None:
    started, completed = status.get("startTime"), status.get("completionTime")
    new_end, new_start = completed != before.get("completionTime"), started != before.get("startTime")
    place = "status.completionTime"
    if new_end or _COMPLETE in changed:
        if completed is not None and _COMPLETE not in now:
            text = "cannot set completionTime when there is no Complete=True condition"
            errors.append(invalid(place, completed, text))
        if completed is None and _COMPLETE in now:
            errors.append(required(place, "completionTime is required for Complete jobs"))
    if (new_start or new_end) and started is not None and completed is not None and completed < started:
        errors.append(invalid(place, completed, "completionTime cannot be set before startTime"))


def _check_finished(errors: list[FieldError], status: Object, before: Object, now: set[str], changed: set[str]) -> None:
    if not now & {_COMPLETE, _FAILED}:
        return
    ended = not _true_conditions(before) & {_COMPLETE, _FAILED}
    active, uncounted = status.get("active") or 0, status.get("uncountedTerminatedPods")
    if active > 0 and (ended or active != (before.get("active") or 0)):
        errors.append(invalid("status.active", active, "active>0 is invalid for finished job"))
    if status.get("startTime") is None and (ended or before.get("startTime") is not None):
        errors.append(required("status.startTime", "startTime is required for finished job"))
    pods = uncounted or {}
    if (pods.get("failed") or pods.get("succeeded")) and (
        ended or not same(uncounted, before.get("uncountedTerminatedPods"))
    ):
        shown = {"Succeeded": pods.get("succeeded"), "Failed": pods.get("failed")}
        text = "uncountedTerminatedPods needs to be empty for finished job"
        errors.append(invalid("status.uncountedTerminatedPods", shown, text))


def _check_indexes(errors: list[FieldError], spec: Object, status: Object, before: Object) -> None:
    completed, failed = status.get("completedIndexes") or "", status.get("failedIndexes")
    new_completed = completed != (before.get("completedIndexes") or "")
    new_failed = failed != before.get("failedIndexes")
    completions, per_index = spec.get("completions"), spec.get("backoffLimitPerIndex") is not None
    if new_completed and completions is not None:
        _check_list(errors, "completedIndexes", completed, completions)
    if new_failed and completions is not None and per_index and failed is not None:
        _check_list(errors, "failedIndexes", failed, completions)
    if new_completed and completed and spec.get("completionMode") != "Indexed":
        text = "cannot set non-empty completedIndexes when non-indexed completion mode"
        errors.append(invalid("status.completedIndexes", completed, text))
    if new_failed and not per_index and failed is not None:
        text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        errors.append(invalid("status.failedIndexes", failed, text))
    if (new_completed or new_failed) and completions is not None and failed is not None:
        at = first_overlap(completed, failed, completions)
        if at is not None:
            text = f"failedIndexes and completedIndexes overlap at index: {at}"
            errors.append(invalid("status.failedIndexes", failed, text))


def _check_list(errors: list[FieldError], key: str, text: str, completions: int) -> None:
    try:
        count_indexes(text, completions)
    except IndexListError as error:
        errors.append(invalid(f"status.{key}", text, f"error parsing {key}: {error}"))


def _check_success(errors: list[FieldError], spec: Object, now: set[str]) -> None:
    for other in (_FAILED, _TARGET):
        if {_SUCCESS, other} <= now:
            _forbid(errors, f"cannot set SuccessCriteriaMet=True and {other}=true conditions")
    if spec.get("successPolicy") is not None and _COMPLETE in now and _SUCCESS not in now:
        _forbid(errors, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")


def _check_lost(
    errors: list[FieldError], spec: Object, status: Object, before: Object, now: set[str], then: set[str]
) -> None:
    for name in (_FAILED, _COMPLETE, _TARGET):
        if name in then - now:
            _forbid(errors, f"cannot disable the terminal {name}=True condition")
    # The pods of a job that is scaled down stop counting.
    scaled = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    for key in ("failed", "succeeded"):
        count = status.get(key) or 0
        if count < (before.get(key) or 0) and not (key == "succeeded" and scaled):
            errors.append(invalid(f"status.{key}", count, f"cannot decrease the {key} counter"))
    ended, had_ended = status.get("completionTime"), before.get("completionTime")
    if ended is not None and had_ended is not None and ended != had_ended:
        errors.append(invalid("status.completionTime", ended, "completionTime cannot be mutated"))
    started = before.get("startTime")
    if started is not None and status.get("startTime") != started and not spec.get("suspend"):
        errors.append(required("status.startTime", "startTime cannot be removed for unsuspended job"))
    if _SUCCESS in then - now:
        _forbid(errors, "cannot disable the SuccessCriteriaMet=True condition")
    if _COMPLETE in then and _SUCCESS in now - then:
        _forbid(errors, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")
