"""CronJobs make Jobs at their times (``cronjob-controller``).

Source: kubernetes ``pkg/controller/cronjob/cronjob_controllerv2.go``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers import cron_schedule
from kubegate.controllers.cron_schedule import Schedule
from kubegate.controllers.events import WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, its_owner
from kubegate.controllers.job_policy import finished
from kubegate.controllers.pods import deleting, ending_namespace, is_true, owned, owner_reference, parse_time

RESOURCE, _JOBS = "cronjobs.batch", "jobs.batch"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_MANY = 100
"""So many times may be missed before it is told."""

_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=31), timedelta(days=366))
_LATE = 0.1
"""Seconds to come too late rather than too early."""


class CronJobs:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "cronjob-controller")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        stored = self._context.get(RESOURCE, work.namespace, work.name)
        if stored is None:
            return None
        cron = copy.deepcopy(stored)
        jobs = owned(self._context, _JOBS, cron)
        self._look(cron, jobs)
        cron = self._write(cron, stored)
        again = None if deleting(cron) else self._run(cron, jobs)
        self._clean(cron, jobs)
        return again

    def _write(self, cron: Object, stored: Object) -> Object:
        if (cron.get("status") or {}) == (stored.get("status") or {}):
            return cron
        path = f"/apis/batch/v1/namespaces/{namespace_of(cron)}/cronjobs/{name_of(cron)}/status"
        return self._context.client.update(path, cron)

    def _look(self, cron: Object, jobs: Sequence[Object]) -> None:
        """Take note of what has become of the jobs."""
        status: Object = cron.setdefault("status", {})
        active = {reference["uid"]: reference for reference in status.get("active") or ()}
        for job in jobs:
            uid, name = job["metadata"]["uid"], name_of(job)
            if uid in active and finished(job):
                kind = "Complete" if is_true(job, "Complete") else "Failed"
                del active[uid]
                self._events.report(cron, "SawCompletedJob", f"Saw completed job: {name}, condition: {kind}")
            elif uid not in active and not finished(job):
                text = f"Saw a job that the controller did not create or forgot: {name}"
                self._events.report(cron, "UnexpectedJob", text, WARNING)
            if is_true(job, "Complete") and (end := (job.get("status") or {}).get("completionTime")):
                status["lastSuccessfulTime"] = max(end, status.get("lastSuccessfulTime") or end)
        there = {job["metadata"]["uid"] for job in jobs}
        for uid in [uid for uid in active if uid not in there]:
            self._events.report(cron, "MissingJob", f"Active job went missing: {active.pop(uid)['name']}")
        status.pop("active", None)
        if active:
            status["active"] = list(active.values())

    def _run(self, cron: Object, jobs: Sequence[Object]) -> float | None:
        spec = cron["spec"]
        zone = self._zone(cron)
        if zone is None or spec.get("suspend"):
            return None
        schedule, now = cron_schedule.parse(spec["schedule"], zone), self._context.now()
        due = self._due(cron, schedule, now)
        again = self._again(schedule, now)
        if due is None:
            return again
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and due + timedelta(seconds=deadline) < now:
            text = f"Missed scheduled time to start a job: {due:%a, %d %b %Y %H:%M:%S +0000}"
            self._events.report(cron, "MissSchedule", text, WARNING)
            return again
        if not self._make_room(cron, jobs):
            return again
        self._start(cron, due.astimezone(zone))
        return again

    def _zone(self, cron: Object) -> tzinfo | None:
        name = cron["spec"].get("timeZone")
        if name is None:
            return UTC
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            text = f'invalid timeZone: "{name}": unknown time zone {name}'
            self._events.report(cron, "UnknownTimeZone", text, WARNING)
            return None

    def _due(self, cron: Object, schedule: Schedule, now: datetime) -> datetime | None:
        """The last moment that has passed without a Job."""
        last = (cron.get("status") or {}).get("lastScheduleTime")
        since = parse_time(last or cron["metadata"]["creationTimestamp"]) or now
        deadline = cron["spec"].get("startingDeadlineSeconds")
        if deadline is not None:
            since = max(since, now - timedelta(seconds=deadline))
        missed = list(islice(_moments(schedule, since, now), _MANY + 1))
        if len(missed) <= _MANY:
            return missed[-1] if missed else None
        text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        self._events.report(cron, "TooManyMissedTimes", text, WARNING)
        for window in _WINDOWS:
            if recent := list(_moments(schedule, max(since, now - window), now)):
                return recent[-1]
        return missed[-1]

    @staticmethod
    def _again(schedule: Schedule, now: datetime) -> float | None:
        moment = schedule.next(now)
        return None if moment is None else (moment - now).total_seconds() + _LATE

    def _make_room(self, cron: Object, jobs: Sequence[Object]) -> bool:
        """Is there room for another Job? Those that run are in the way of it, or have to give way."""
        active = {reference["uid"] for reference in (cron.get("status") or {}).get("active") or ()}
        policy = cron["spec"].get("concurrencyPolicy")
        if policy == "Forbid" and active:
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._events.report(cron, "JobAlreadyActive", text)
            return False
        if policy == "Replace":
            for job in jobs:
                if job["metadata"]["uid"] in active:
                    self._delete(cron, job)
        return True

    def _delete(self, cron: Object, job: Object) -> None:
        path = f"/apis/batch/v1/namespaces/{namespace_of(job)}/jobs/{name_of(job)}"
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        self._context.client.request("DELETE", path, options)
        self._events.report(cron, "SuccessfulDelete", f"Deleted job {name_of(job)}")
        status = cron.get("status") or {}
        kept = [r for r in status.get("active") or () if r["uid"] != job["metadata"]["uid"]]
        if len(kept) < len(status.get("active") or ()):
            status["active"] = kept

    def _start(self, cron: Object, due: datetime) -> None:
        template = cron["spec"]["jobTemplate"]
        old = template.get("metadata") or {}
        moment = due.isoformat(timespec="seconds").replace("+00:00", "Z")
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": f"{name_of(cron)}-{int(due.timestamp()) // 60}",
                "namespace": namespace_of(cron),
                "labels": dict(old.get("labels") or {}),
                "annotations": {**(old.get("annotations") or {}), _SCHEDULED: moment},
                "ownerReferences": [owner_reference(cron)],
            },
            "spec": copy.deepcopy(template["spec"]),
        }
        try:
            made = self._context.client.create(f"/apis/batch/v1/namespaces/{namespace_of(cron)}/jobs", job)
        except StatusError as error:
            if error.status.code == 409:
                return
            if not ending_namespace(error):
                self._events.report(cron, "FailedCreate", f"Error creating job: {error.status.message}", WARNING)
            raise
        self._events.report(cron, "SuccessfulCreate", f"Created job {name_of(made)}")
        stored = copy.deepcopy(cron)
        status: Object = cron.setdefault("status", {})
        meta = made["metadata"]
        reference = {"kind": "Job", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
        reference |= {"apiVersion": "batch/v1", "resourceVersion": meta["resourceVersion"]}
        status["active"] = [*(status.get("active") or ()), reference]
        status["lastScheduleTime"] = due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._write(cron, stored)

    def _clean(self, cron: Object, jobs: Sequence[Object]) -> None:
        """Of the Jobs that have ended only so many are kept."""
        ended = sorted((job for job in jobs if finished(job)), key=_started)
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = cron["spec"].get(field)
            found = [job for job in ended if is_true(job, kind) and not deleting(job)]
            for job in found[: max(len(found) - limit, 0)] if limit is not None else ():
                self._delete(cron, job)


def _moments(schedule: Schedule, since: datetime, now: datetime) -> Iterator[datetime]:
    moment = schedule.next(since)
    while moment is not None and moment <= now:
        yield moment
        moment = schedule.next(moment)


def _started(job: Object) -> tuple[str, str]:
    return (job.get("status") or {}).get("startTime") or "", name_of(job)


CONTROLLER = Controller(
    "cronjob-controller", "cronjob-controller", (Source(RESOURCE), Source(_JOBS, its_owner("CronJob"))), CronJobs
)
