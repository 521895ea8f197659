"""Cron expressions, and CronJobs step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kubegate.api.names import Object
from kubegate.controllers.cron_schedule import parse

CRON = "cronjob-controller"


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
        ("*/15 * * * *", "2026-01-01T00:15:00", "2026-01-01T00:30:00"),
        ("5/20 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00"),
        ("0 3 * * *", "2026-01-01T03:00:00", "2026-01-02T03:00:00"),
        ("0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 * jan-mar mon", "2026-04-01T00:00:00", "2027-01-04T00:00:00"),
        ("0 0 13 * fri", "2026-01-01T12:00:00", "2026-01-02T00:00:00"),  # either kind of day is enough
        ("0 0 13 * *", "2026-01-01T12:00:00", "2026-01-13T00:00:00"),
        ("@hourly", "2026-01-01T00:30:00", "2026-01-01T01:00:00"),
        ("@weekly", "2026-01-01T00:30:00", "2026-01-04T00:00:00"),
        ("@every 90s", "2026-01-01T00:00:00", "2026-01-01T00:01:30"),
        ("TZ=Asia/Tokyo 0 9 * * *", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
    ],
)
def test_when_an_expression_is_due(expression: str, after: str, due: str) -> None:
    schedule = parse(expression, UTC)
    assert schedule.next(datetime.fromisoformat(after + "Z")) == datetime.fromisoformat(due + "Z")


def test_a_time_that_the_clock_skips_is_not_due() -> None:
    schedule = parse("30 2 * * *", ZoneInfo("Europe/Berlin"))
    due = schedule.next(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert due == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_the_thirtieth_of_february_never_comes() -> None:
    assert parse("0 0 30 2 *", UTC).next(datetime(2026, 1, 1, tzinfo=UTC)) is None


def make(world, template: Callable[..., Object], **spec: object) -> None:
    pods = template({"x": "y"}, restartPolicy="Never")
    job = {"spec": {"template": pods}}
    world.create("cronjobs.batch", "tick", {"schedule": "* * * * *", "jobTemplate": job, **spec}, "CronJob")
    world.settle(CRON)


def finish(world, name: str) -> None:
    moment = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    why = {"reason": "CompletionsReached", "message": "m", "lastTransitionTime": moment, "status": "True"}
    conditions = [{"type": kind, **why} for kind in ("SuccessCriteriaMet", "Complete")]
    status = {"startTime": moment, "completionTime": moment, "succeeded": 1, "conditions": conditions}
    patch = {"status": {**status, "uncountedTerminatedPods": {}}}
    world.admin.patch(world.path("jobs.batch", name, "status"), patch, "application/merge-patch+json")


def test_a_job_is_made_when_its_time_has_come(world, template: Callable[..., Object]) -> None:
    make(world, template)
    assert world.list("jobs.batch") == []
    assert 0 < world.again <= 61
    world.later(minutes=1)
    world.settle(CRON)
    (job,) = world.list("jobs.batch")
    due = world.now.replace(second=0)
    assert job["metadata"]["name"] == f"tick-{int(due.timestamp()) // 60}"
    note = job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert note == due.strftime("%Y-%m-%dT%H:%M:%SZ")
    status = world.status("cronjobs.batch", "tick")
    assert [reference["name"] for reference in status["active"]] == [job["metadata"]["name"]]
    assert status["lastScheduleTime"] == note
    finish(world, job["metadata"]["name"])
    world.settle(CRON)
    status = world.status("cronjobs.batch", "tick")
    assert "active" not in status
    assert status["lastSuccessfulTime"]
    assert [reason for reason, _ in world.events("tick")] == ["SuccessfulCreate", "SawCompletedJob"]


@pytest.mark.parametrize(("policy", "jobs"), [("Allow", 2), ("Forbid", 1), ("Replace", 1)])
def test_what_becomes_of_a_job_that_still_runs(world, template: Callable[..., Object], policy: str, jobs: int) -> None:
    make(world, template, concurrencyPolicy=policy)
    for _ in range(2):
        world.later(minutes=1)
        world.settle(CRON)
    found = [job for job in world.list("jobs.batch") if not job["metadata"].get("deletionTimestamp")]
    assert len(found) == jobs


def test_a_suspended_cron_job_makes_nothing(world, template: Callable[..., Object]) -> None:
    make(world, template, suspend=True)
    world.later(minutes=5)
    world.settle(CRON)
    assert world.list("jobs.batch") == []


def test_a_start_that_comes_too_late_is_left_out(world, template: Callable[..., Object]) -> None:
    make(world, template, schedule="0 0 1 1 *", startingDeadlineSeconds=30)
    world.now = datetime(world.now.year + 1, 1, 1, 0, 0, 40, tzinfo=UTC)
    world.settle(CRON)
    assert world.list("jobs.batch") == []


def test_of_finished_jobs_only_the_last_are_kept(world, template: Callable[..., Object]) -> None:
    make(world, template, successfulJobsHistoryLimit=1)
    for _ in range(3):
        world.later(minutes=1)
        world.settle(CRON)
        for job in world.list("jobs.batch"):
            if not (job.get("status") or {}).get("completionTime"):
                finish(world, job["metadata"]["name"])
        world.settle(CRON)
    assert len(world.list("jobs.batch")) == 1


def test_many_missed_times_are_told(world, template: Callable[..., Object]) -> None:
    make(world, template)
    world.later(days=30)
    world.settle(CRON)
    assert len(world.list("jobs.batch")) == 1
    assert "TooManyMissedTimes" in {reason for reason, _ in world.events("tick")}
    assert world.status("cronjobs.batch", "tick")["lastScheduleTime"][:16] == world.now.isoformat()[:16]
