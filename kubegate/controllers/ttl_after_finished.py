"""Finished Jobs whose time is over are deleted (``ttl-after-finished-controller``).

Source: kubernetes ``pkg/controller/ttlafterfinished``.
"""

from __future__ import annotations

from datetime import timedelta

from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.job_policy import finished
from kubegate.controllers.pods import parse_time

_JOBS = "jobs.batch"


class FinishedJobs:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        job = self._context.get(_JOBS, work.namespace, work.name)
        seconds = ((job or {}).get("spec") or {}).get("ttlSecondsAfterFinished")
        if job is None or seconds is None or job["metadata"].get("deletionTimestamp") or not finished(job):
            return None
        ends = [c for c in job["status"]["conditions"] if c["type"] in ("Complete", "Failed") and c["status"] == "True"]
        end = parse_time(ends[0].get("lastTransitionTime"))
        if end is None:
            return None
        left = (end + timedelta(seconds=seconds) - self._context.now()).total_seconds()
        if left > 0:
            return left
        meta = job["metadata"]
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Foreground",
            "preconditions": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]},
        }
        self._context.client.request("DELETE", f"/apis/batch/v1/namespaces/{work.namespace}/jobs/{work.name}", options)
        return None


CONTROLLER = Controller("ttl-after-finished-controller", "ttl-after-finished-controller", (Source(_JOBS),), FinishedJobs)
