"""Which indexes of a Job have succeeded, and which have failed.

Indexes can fail each for itself (``backoffLimitPerIndex``); a Job can be done before all of them are (``successPolicy``).

How often an index has failed is written on its pods: a new pod carries the count of the one it replaces, plus one.
Source: kubernetes ``pkg/controller/job/indexed_job_utils.go`` and ``success_policy.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from kubegate.api.names import Object, annotations_of
from kubegate.controllers.job_pods import failed, finish_time, index_of, read_indexes
from kubegate.controllers.job_policy import FIRST_BACKOFF, LAST_BACKOFF, Failure, matching_rule
from kubegate.controllers.pods import phase

FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"
_NEVER = datetime.min.replace(tzinfo=UTC)


def succeeded_indexes(job: Object, won: Iterable[Object] = ()) -> set[int]:
    """The indexes that have succeeded, those of these pods too."""
    total = job["spec"]["completions"]
    found = read_indexes(job["status"].get("completedIndexes") or "", total)
    ended = (index_of(pod) for pod in won if phase(pod) == "Succeeded")
    return found | {index for index in ended if index is not None and index < total}


def free_indexes(job: Object, active: Iterable[Object], lost: set[int]) -> list[int]:
    """The indexes that have no pod and need one; ``lost``: those that get none."""
    taken = succeeded_indexes(job) | lost | {index for pod in active if (index := index_of(pod)) is not None}
    return [index for index in range(job["spec"]["completions"]) if index not in taken]


def fails_by_index(job: Object) -> bool:
    """Is there a limit of failures for each index?"""
    return job["spec"].get("backoffLimitPerIndex") is not None


def failed_indexes(job: Object, pods: Sequence[Object]) -> set[int]:
    """The indexes that have failed for good, those of before too."""
    total = job["spec"]["completions"]
    found = read_indexes((job.get("status") or {}).get("failedIndexes") or "", total)
    ended = (index_of(pod) for pod in pods if _exhausted(job, pod))
    return found | {index for index in ended if index is not None and index < total}


def _exhausted(job: Object, pod: Object) -> bool:
    if not failed(pod, job):
        return False
    action = (matching_rule(job, pod) or ("", ""))[0]
    if action == "FailIndex":
        return True
    return action != "Ignore" and _count(pod, FAILURES) >= job["spec"]["backoffLimitPerIndex"]


def _count(pod: Object, name: str) -> int:
    text = annotations_of(pod).get(name, "")
    return int(text) if text.isdigit() else 0


def _all_failures(pod: Object) -> int:
    return _count(pod, FAILURES) + _count(pod, IGNORED)


def last_failures(job: Object, pods: Iterable[Object]) -> dict[int, Object]:
    """The pod of each index that failed last."""
    found: dict[int, Object] = {}
    for pod in pods:
        index = index_of(pod)
        if index is not None and failed(pod, job) and _rank(pod) >= _rank(found.get(index)):
            found[index] = pod
    return found


def _rank(pod: Object | None) -> tuple[int, datetime]:
    return (-1, _NEVER) if pod is None else (_all_failures(pod), finish_time(pod) or _NEVER)


def mark_failures(pod: Object, job: Object, replaced: Object | None) -> None:
    """Write on a new pod how often its index has failed so far."""
    counts = {FAILURES: 0, IGNORED: 0}
    if replaced is not None:
        counts = {name: _count(replaced, name) for name in counts}
        counts[IGNORED if (matching_rule(job, replaced) or ("", ""))[0] == "Ignore" else FAILURES] += 1
    if not counts[IGNORED]:
        del counts[IGNORED]
    meta = pod["metadata"]
    meta["annotations"] = {**(meta.get("annotations") or {}), **{name: str(count) for name, count in counts.items()}}


def seconds_to_wait(replaced: Object | None, now: datetime) -> float:
    """Until the index may be tried again."""
    end = None if replaced is None else finish_time(replaced)
    if replaced is None or end is None:
        return 0.0
    wait: timedelta = min(FIRST_BACKOFF * 2 ** min(_all_failures(replaced), 12), LAST_BACKOFF)
    return max((end + wait - now).total_seconds(), 0.0)


def too_many_failed(job: Object, failures: set[int], succeeded: set[int]) -> Failure | None:
    """Why the Job fails for its failed indexes, or None."""
    spec = job["spec"]
    most = spec.get("maxFailedIndexes")
    if most is not None and len(failures) > most:
        text = "Job has exceeded the specified maximal number of failed indexes"
        return Failure("MaxFailedIndexesExceeded", text)
    if failures and len(failures) + len(succeeded) >= spec["completions"]:
        return Failure("FailedIndexes", "Job has failed indexes")
    return None


def success_rule(job: Object, succeeded: set[int]) -> Failure | None:
    """The first rule of ``successPolicy`` that is met, as reason and message; None if none is."""
    policy: Mapping[str, object] = job["spec"].get("successPolicy") or {}
    rules = policy.get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        wanted, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        chosen = succeeded
        if wanted is not None:
            named = read_indexes(wanted, job["spec"]["completions"])
            chosen = succeeded & named
            count = len(named) if count is None else count
        if count is not None and len(chosen) >= count:
            return Failure("SuccessPolicy", f"Matched rules at index {number}")
    return None
