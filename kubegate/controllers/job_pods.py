"""The pods of a Job: how they are named and marked, and the completion indexes of indexed Jobs.

Source: kubernetes ``pkg/controller/job/indexed_job_utils.go`` and ``tracking_utils.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kubegate.api.names import Object, annotations_of, name_of
from kubegate.controllers.pods import deleting, parse_time, phase, pod_from_template

TRACKING = "batch.kubernetes.io/job-tracking"
"""Finalizer of pods that are not counted yet."""

INDEX = "batch.kubernetes.io/job-completion-index"
_NAME_LIMIT = 63 - 5
"""Longest prefix of a generated pod name, the random part apart."""


def indexed(job: Object) -> bool:
    """Has each of the pods a number of its own?"""
    return bool(job["spec"].get("completionMode") == "Indexed")


def new_pod(job: Object, index: int | None) -> Object:
    """A pod of the job; ``index`` None for those without numbers."""
    if index is None:
        pod = pod_from_template(job["spec"]["template"], job)
    else:
        end = f"-{index}-"
        pod = pod_from_template(job["spec"]["template"], job, generate=name_of(job)[: _NAME_LIMIT - len(end)] + end)
        _number(pod, name_of(job), index)
    meta = pod["metadata"]
    meta["finalizers"] = [*(meta.get("finalizers") or ()), TRACKING]
    return pod


def _number(pod: Object, job: str, index: int) -> None:
    meta, spec = pod["metadata"], pod["spec"]
    meta["annotations"] = {**(meta.get("annotations") or {}), INDEX: str(index)}
    meta["labels"] = {**(meta.get("labels") or {}), INDEX: str(index)}
    spec["hostname"] = spec.get("hostname") or f"{job}-{index}"
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        names = {variable["name"] for variable in container.get("env") or ()}
        if "JOB_COMPLETION_INDEX" not in names:
            variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
            container["env"] = [*(container.get("env") or ()), variable]


def index_of(pod: Object) -> int | None:
    """The number of an indexed Job's pod."""
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdigit() else None


def tracked(pod: Object) -> bool:
    """Is the pod yet to be counted?"""
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def failed(pod: Object, job: Object) -> bool:
    """Does the pod count as failed? What is being deleted does, unless only pods that have ended are replaced."""
    if phase(pod) == "Failed":
        return True
    return job["spec"].get("podReplacementPolicy") != "Failed" and deleting(pod) and phase(pod) != "Succeeded"


def finish_time(pod: Object) -> datetime | None:
    """When the last container ended (or the pod was marked)."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    ends = [((s.get("state") or {}).get("terminated") or {}).get("finishedAt") for s in statuses]
    times = [time for time in map(parse_time, ends) if time is not None]
    return max(times) if times else parse_time(pod["metadata"].get("deletionTimestamp"))


def read_indexes(text: str, completions: int) -> set[int]:
    """``0-2,5`` -> {0, 1, 2, 5}; what is not below ``completions`` is left out."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return found


def write_indexes(indexes: Iterable[int]) -> str:
    """{0, 1, 2, 5, 6} -> ``0-2,5,6``: only three and more in a row are an interval."""
    return ",".join(_spans(sorted(indexes)))


def _spans(numbers: list[int]) -> Iterator[str]:
    start = 0
    for place, number in enumerate(numbers):
        if place + 1 < len(numbers) and numbers[place + 1] == number + 1:
            continue
        first = numbers[start]
        if number - first >= 2:
            yield f"{first}-{number}"
        else:
            yield from map(str, numbers[start : place + 1])
        start = place + 1
