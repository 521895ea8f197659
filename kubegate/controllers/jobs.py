"""Jobs: pods until enough of them have succeeded (``job-controller``).

Each pod is counted exactly once: it keeps a finalizer until the Job's status has it. Source: kubernetes
``pkg/controller/job``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.conditions import with_condition
from kubegate.controllers.events import NORMAL, WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, controller_of, its_owner
from kubegate.controllers.job_indexes import (
    failed_indexes,
    fails_by_index,
    free_indexes,
    last_failures,
    mark_failures,
    seconds_to_wait,
    succeeded_indexes,
    success_rule,
    too_many_failed,
)
from kubegate.controllers.job_pods import TRACKING, failed, indexed, new_pod, tracked, write_indexes
from kubegate.controllers.job_policy import Failure, backoff, failure, finished, matching_rule, seconds_left
from kubegate.controllers.pods import (
    PodControl,
    adopt,
    condition,
    deleting,
    deletion_rank,
    is_active,
    is_ready,
    is_true,
    owned,
    phase,
)

RESOURCE = "jobs.batch"
_MANAGER = "kubernetes.io/job-controller"
_BURST = 500
_MERGE = "application/merge-patch+json"


class Jobs:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "job-controller")
        self._pods = PodControl(context, self._events)

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(RESOURCE, work.namespace, work.name)
        if found is None:
            self._release(self._orphans(work))
            return None
        if found["spec"].get("managedBy") not in (None, _MANAGER):
            return None
        if finished(found):
            self._release([pod for pod in self._adopted(found) if tracked(pod)])
            return None
        return self._sync(copy.deepcopy(found))

    def _adopted(self, job: Object) -> list[Object]:
        return adopt(self._context, "pods", f"/api/v1/namespaces/{namespace_of(job)}/pods", job)

    def _orphans(self, work: Work) -> list[Object]:
        pods = self._context.list("pods", work.namespace)
        owned = [pod for pod in pods if tracked(pod) and (owner := controller_of(pod)) and owner["kind"] == "Job"]
        return [pod for pod in owned if (controller_of(pod) or {}).get("name") == work.name]

    def _release(self, pods: Sequence[Object]) -> None:
        for pod in pods:
            kept = [name for name in pod["metadata"]["finalizers"] if name != TRACKING]
            meta = {"uid": pod["metadata"]["uid"], "finalizers": kept or None}
            path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}"
            self._context.client.patch(path, {"metadata": meta}, _MERGE)

    def _sync(self, job: Object) -> float | None:
        before = copy.deepcopy(job.get("status") or {})
        status: Object = job.setdefault("status", {})
        if not status.get("startTime") and not job["spec"].get("suspend"):
            status["startTime"] = self._context.timestamp()
        pods = self._adopted(job)
        active = [pod for pod in pods if is_active(pod)]
        job, before = self._gather(job, before, pods)
        status = job["status"]
        ended, won = self._outcome(job, pods)
        again = None
        if ended is not None or won is not None:
            self._condition(
                status, "FailureTarget" if won is None else "SuccessCriteriaMet", ended or won or Failure("", "")
            )
            self._remove(active, job)
            active = []
        elif self._suspended(job, status):
            self._remove(active, job)
            active = []
        elif not deleting(job):
            active, again = self._manage(job, pods, active)
        left_over = owned(self._context, "pods", job)
        terminating = sum(deleting(pod) and phase(pod) not in ("Succeeded", "Failed") for pod in left_over)
        status.update({"ready": sum(is_ready(pod) for pod in active), "terminating": terminating})
        _set_count(status, "active", len(active))
        done = self._finish(job, status, ended, won, waiting=bool(active or terminating))
        if status != before:
            self._write(job)
        if done:
            self._tell(job)
        left = seconds_left(job, self._context.now())
        waits = [time for time in (again, left) if time is not None and not done]
        return min(waits) + 0.01 if waits else None

    def _outcome(self, job: Object, pods: Sequence[Object]) -> tuple[Failure | None, Failure | None]:
        """Why the Job has failed, and why it has succeeded before all pods have: at most one, and once decided it stays."""
        if (met := condition(job, "SuccessCriteriaMet")) is not None and met.get("status") == "True":
            return None, Failure(met.get("reason", ""), met.get("message", ""))
        status = job["status"]
        ended = failure(job, pods, status.get("failed") or 0, self._context.now())
        if not indexed(job):
            return ended, None
        succeeded = succeeded_indexes(job)
        if fails_by_index(job):
            failures = failed_indexes(job, pods)
            status["failedIndexes"] = write_indexes(failures)
            ended = ended or too_many_failed(job, failures, succeeded)
        return ended, None if ended is not None else success_rule(job, succeeded)

    def _gather(self, job: Object, before: Object, pods: Sequence[Object]) -> tuple[Object, Object]:
        """Count the pods that have ended: first they are noted in the status, then released, then added to the sums, so that
        an interruption never counts one twice. Answers the Job, and its status as it is stored."""
        new = [pod for pod in pods if tracked(pod) and (phase(pod) == "Succeeded" or failed(pod, job))]
        noted = copy.deepcopy(job["status"].get("uncountedTerminatedPods") or {})
        for pod in new:
            won, uid = phase(pod) == "Succeeded", pod["metadata"]["uid"]
            if not won and (matching_rule(job, pod) or ("", ""))[0] == "Ignore":
                continue
            uids = noted.setdefault("succeeded" if won else "failed", [])
            if uid not in uids:
                uids.append(uid)
        if noted != (job["status"].get("uncountedTerminatedPods") or {}):
            job["status"]["uncountedTerminatedPods"] = noted
            if indexed(job):
                job["status"]["completedIndexes"] = write_indexes(succeeded_indexes(job, new))
                if fails_by_index(job):
                    job["status"]["failedIndexes"] = write_indexes(failed_indexes(job, pods))
            job = self._write(job)
            before = copy.deepcopy(job["status"])
        self._release(new)
        status = job["status"]
        for name in ("succeeded", "failed"):
            _set_count(status, name, (status.get(name) or 0) + len(noted.get(name) or ()))
        if indexed(job):
            _set_count(status, "succeeded", len(succeeded_indexes(job)))
        status["uncountedTerminatedPods"] = {}
        return job, before

    def _suspended(self, job: Object, status: Object) -> bool:
        wanted, was = bool(job["spec"].get("suspend")), is_true(job, "Suspended")
        if wanted and not was:
            self._condition(status, "Suspended", Failure("JobSuspended", "Job suspended"))
            self._events.report(job, "Suspended", "Job suspended")
        elif was and not wanted:
            self._condition(status, "Suspended", Failure("JobResumed", "Job resumed"), value="False")
            status["startTime"] = self._context.timestamp()
            self._events.report(job, "Resumed", "Job resumed")
        if wanted:
            status.pop("startTime", None)
        return wanted

    def _remove(self, active: Sequence[Object], job: Object) -> None:
        for pod in active:
            self._pods.delete(pod, job)

    def _manage(self, job: Object, pods: Sequence[Object], active: list[Object]) -> tuple[list[Object], float | None]:
        """Make or delete pods; answers the active ones and when to look again."""
        succeeded = job["status"].get("succeeded") or 0
        spec = job["spec"]
        parallel, total = spec.get("parallelism", 1), spec.get("completions")
        if total is None:
            wanted = len(active) if succeeded else parallel
        else:
            wanted = min(parallel, max(total - succeeded, 0))
        for pod in sorted(active, key=deletion_rank)[: max(len(active) - wanted, 0)]:
            self._pods.delete(pod, job)
            active = [other for other in active if other is not pod]
        missing = min(wanted - len(active) - self._held_back(job, pods), _BURST)
        if missing <= 0:
            return active, None
        if fails_by_index(job):
            return self._replace(job, pods, active, missing)
        if wait := backoff(pods, job, self._context.now()):
            return active, wait
        numbers: Sequence[int | None] = [None] * missing
        if indexed(job):
            numbers = free_indexes(job, active, set())[:missing]
        made = [self._pods.create(new_pod(job, number), job) for number in numbers]
        return [*active, *made], None

    def _replace(
        self, job: Object, pods: Sequence[Object], active: list[Object], missing: int
    ) -> tuple[list[Object], float | None]:
        """Make pods of indexes that wait each for itself; answers as `_manage`."""
        last, now = last_failures(job, pods), self._context.now()
        numbers = free_indexes(job, active, failed_indexes(job, pods))[:missing]
        waits = {number: seconds_to_wait(last.get(number), now) for number in numbers}
        ready = [number for number in numbers if not waits[number]]
        for number in ready:
            pod = new_pod(job, number)
            mark_failures(pod, job, last.get(number))
            active = [*active, self._pods.create(pod, job)]
        return active, min(waits.values(), default=None) if not ready else None

    @staticmethod
    def _held_back(job: Object, pods: Sequence[Object]) -> int:
        """Pods that are ending and not to be replaced before they have ended."""
        if job["spec"].get("podReplacementPolicy") != "Failed":
            return 0
        return sum(deleting(pod) and phase(pod) not in ("Succeeded", "Failed") for pod in pods)

    def _finish(self, job: Object, status: Object, ended: Failure | None, won: Failure | None, *, waiting: bool) -> bool:
        """Add the conditions of the end, the last as soon as all pods have ended."""
        last, why = "Failed", ended
        if why is None:
            if won is None and not self._complete(job, status):
                return False
            why, last = won or Failure("CompletionsReached", "Reached expected number of succeeded pods"), "Complete"
            self._condition(status, "SuccessCriteriaMet", why)
        if waiting:
            return False
        self._condition(status, last, why)
        if last == "Complete":
            status["completionTime"] = self._context.timestamp()
        return True

    @staticmethod
    def _complete(job: Object, status: Object) -> bool:
        total, succeeded = job["spec"].get("completions"), status.get("succeeded") or 0
        if total is None:
            return succeeded > 0 and not status.get("active")
        return bool(succeeded >= total)

    def _condition(self, status: Object, kind: str, why: Failure, *, value: str = "True") -> None:
        old = next((c for c in status.get("conditions") or () if c["type"] == kind), None)
        if old is not None and (old["status"], old["reason"], old["message"]) == (value, *why):
            return
        now = self._context.timestamp()
        times = {"lastProbeTime": now, "lastTransitionTime": now}
        wanted = {"type": kind, "status": value, **times, "reason": why.reason, "message": why.message}
        status["conditions"] = with_condition(status.get("conditions"), wanted)

    def _write(self, job: Object) -> Object:
        path = f"/apis/batch/v1/namespaces/{namespace_of(job)}/jobs/{name_of(job)}/status"
        return self._context.client.update(path, job)

    def _tell(self, job: Object) -> None:
        last = job["status"]["conditions"][-1]
        if last["type"] == "Complete":
            self._events.report(job, "Completed", "Job completed", NORMAL)
        else:
            self._events.report(job, last["reason"], last["message"], WARNING)


def _set_count(status: Object, name: str, number: int) -> None:
    """Counts of nothing are left out."""
    status.pop(name, None)
    if number:
        status[name] = number


CONTROLLER = Controller("job-controller", "job-controller", (Source(RESOURCE), Source("pods", its_owner("Job"))), Jobs)
