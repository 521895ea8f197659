"""Cron jobs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.names import Object, name_of
from kubegate.registry.batch.job_spec import check_job_spec
from kubegate.registry.batch.schedules import is_time_zone, schedule_problem
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import default_embedded_template
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.basics import check_choice, check_nonnegative
from kubegate.registry.validation.names import dns1123_label

_NAME_LIMIT = 52
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}\Z")
_NO_ZONES = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"


def _default(cron_job: Object) -> None:
    spec = cron_job.setdefault("spec", {})
    if not spec.get("concurrencyPolicy"):
        spec["concurrencyPolicy"] = "Allow"
    for key, value in (("suspend", False), ("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1)):
        if spec.get(key) is None:
            spec[key] = value
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    default_embedded_template(template.setdefault("spec", {}))
    cron_job.setdefault("status", {})


def _check_schedule(errors: list[FieldError], spec: Object, *, zones_allowed: bool) -> None:
    schedule = spec.get("schedule") or ""
    if not schedule:
        errors.append(required("spec.schedule"))
        return
    if problem := schedule_problem(schedule):
        errors.append(invalid("spec.schedule", schedule, problem))
    if "TZ" not in schedule:
        return
    if zones_allowed and spec.get("timeZone") is not None:
        text = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        errors.append(invalid("spec.schedule", schedule, text))
    elif not zones_allowed:
        errors.append(invalid("spec.schedule", schedule, _NO_ZONES))


def _check_zone(errors: list[FieldError], zone: str | None) -> None:
    if zone is None:
        return
    path = "spec.timeZone"
    if not zone:
        errors.append(invalid(path, zone, "timeZone must be nil or non-empty string"))
        return
    if not all(_ZONE_PART.match(part) for part in zone.split("/")):
        errors.append(invalid(path, zone, f"unknown time zone {zone}"))
        return
    if zone.lower() == "local":
        text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        errors.append(invalid(path, zone, text))
    elif not is_time_zone(zone):
        errors.append(invalid(path, zone, f"unknown time zone {zone}"))


def _check_spec(errors: list[FieldError], cron_job: Object, *, zones_allowed: bool = False) -> None:
    spec = cron_job.get("spec") or {}
    check_core_finalizers(errors, cron_job)
    _check_schedule(errors, spec, zones_allowed=zones_allowed)
    check_nonnegative(errors, "spec", spec, "startingDeadlineSeconds")
    _check_zone(errors, spec.get("timeZone"))
    check_choice(errors, "spec.concurrencyPolicy", spec.get("concurrencyPolicy"), ("Allow", "Forbid", "Replace"))
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    check_job_spec(errors, "spec.jobTemplate.spec", job)
    if job.get("selector") is not None:
        errors.append(invalid("spec.jobTemplate.spec.selector", job["selector"], "`selector` will be auto-generated"))
    if job.get("manualSelector"):
        errors.append(not_supported("spec.jobTemplate.spec.manualSelector", True, ["nil", "false"]))
    check_nonnegative(errors, "spec", spec, "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _validate(cron_job: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_spec(errors, cron_job)
    if len(name_of(cron_job)) > _NAME_LIMIT:
        text = f"must be no more than {_NAME_LIMIT} characters"
        errors.append(invalid("metadata.name", name_of(cron_job), text))
    return errors


def _validate_update(cron_job: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_spec(errors, cron_job, zones_allowed="TZ" in ((old.get("spec") or {}).get("schedule") or ""))
    return errors


def _warnings(cron_job: Object, old: Object | None) -> Sequence[str]:
    found: list[str] = []
    spec = cron_job.get("spec") or {}
    if old is None and (complaints := dns1123_label(name_of(cron_job))):
        text = "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended"
        found.append(f"metadata.name: {text}: [{' '.join(complaints)}]")
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template")
    found += warn_about_template(template, cron_job, old, "spec.jobTemplate.spec.template")
    if old is not None and "TZ" in (spec.get("schedule") or ""):
        found.append("cannot use TZ or CRON_TZ in schedule, use timeZone instead")
    return found


CRON_JOB = Strategy(
    resource="cronjobs.batch",
    has_status=True,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource()},
)
