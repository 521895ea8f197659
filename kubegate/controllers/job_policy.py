"""When a Job has failed or succeeded: limits of time and of failures, and the rules of ``podFailurePolicy``.

Source: kubernetes ``pkg/controller/job/pod_failure_policy.go`` and ``job_controller.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.job_pods import failed, finish_time
from kubegate.controllers.pods import condition, is_true, parse_time, phase

FIRST_BACKOFF, LAST_BACKOFF = timedelta(seconds=10), timedelta(minutes=10)


class Failure(NamedTuple):
    """Why a Job has failed."""

    reason: str
    message: str


def finished(job: Object) -> bool:
    """Has the Job completed or failed?"""
    return is_true(job, "Complete") or is_true(job, "Failed")


def failure(job: Object, pods: Sequence[Object], failures: int, now: datetime) -> Failure | None:
    """Why a Job fails now, or None; ``failures`` counts failed pods, the new ones too."""
    if is_true(job, "FailureTarget"):
        found = condition(job, "FailureTarget") or {}
        return Failure(found.get("reason", ""), found.get("message", ""))
    for pod in pods:
        if (rule := matching_rule(job, pod)) is not None and rule[0] == "FailJob":
            return Failure("PodFailurePolicy", rule[1])
    limit = job["spec"].get("backoffLimit")
    if limit is not None and failures > limit:
        return Failure("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    if _restarts_exceed(job, pods):
        return Failure("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    left = seconds_left(job, now)
    if left is not None and left <= 0:
        return Failure("DeadlineExceeded", "Job was active longer than specified deadline")
    return None


def seconds_left(job: Object, now: datetime) -> float | None:
    """Until ``activeDeadlineSeconds`` are over; None if nothing runs out."""
    limit, start = job["spec"].get("activeDeadlineSeconds"), parse_time((job.get("status") or {}).get("startTime"))
    if limit is None or start is None or job["spec"].get("suspend"):
        return None
    return float(limit) - (now - start).total_seconds()


def _restarts_exceed(job: Object, pods: Sequence[Object]) -> bool:
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    running = [pod for pod in pods if phase(pod) in ("Running", "Pending")]
    restarts = sum(status.get("restartCount") or 0 for pod in running for status in _containers(pod))
    limit = job["spec"].get("backoffLimit") or 0
    return restarts > 0 if limit == 0 else restarts >= limit


def _containers(pod: Object) -> Iterator[Object]:
    status = pod.get("status") or {}
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def matching_rule(job: Object, pod: Object) -> tuple[str, str] | None:
    """The action of the first rule of ``podFailurePolicy`` that a failed pod meets, and what there is to say."""
    policy = job["spec"].get("podFailurePolicy")
    if not policy or not failed(pod, job):
        return None
    name = f"{namespace_of(pod)}/{name_of(pod)}"
    for number, rule in enumerate(policy.get("rules") or ()):
        action = rule["action"]
        if codes := rule.get("onExitCodes"):
            if (hit := _exit_code(codes, pod)) is not None:
                container, code = hit
                text = f"Container {container} for pod {name} failed with exit code {code}"
                return action, f"{text} matching {action} rule at index {number}"
        elif (kind := _condition(rule.get("onPodConditions") or (), pod)) is not None:
            return action, f"Pod {name} has condition {kind} matching {action} rule at index {number}"
    return None


def _exit_code(codes: Object, pod: Object) -> tuple[str, int] | None:
    for status in _containers(pod):
        ended = (status.get("state") or {}).get("terminated")
        if ended is None or not ended.get("exitCode") or codes.get("containerName") not in (None, status["name"]):
            continue
        if (ended["exitCode"] in (codes.get("values") or ())) == (codes["operator"] == "In"):
            return status["name"], ended["exitCode"]
    return None


def _condition(patterns: Sequence[Object], pod: Object) -> str | None:
    for pattern in patterns:
        found = condition(pod, pattern["type"])
        if found is not None and found.get("status") == (pattern.get("status") or "True"):
            return str(pattern["type"])
    return None


def backoff(pods: Sequence[Object], job: Object, now: datetime) -> float:
    """Seconds until the next pod may be made: the more pods have failed in a row, the later."""
    ends = sorted(
        (end, failed(pod, job)) for pod in pods if phase(pod) in ("Succeeded", "Failed") and (end := finish_time(pod))
    )
    row, last = 0, None
    for end, bad in ends:
        row, last = (row + 1, end) if bad else (0, None)
    if not row or last is None:
        return 0.0
    wait: timedelta = min(FIRST_BACKOFF * 2 ** min(row - 1, 12), LAST_BACKOFF)
    return max((last + wait - now).total_seconds(), 0.0)
