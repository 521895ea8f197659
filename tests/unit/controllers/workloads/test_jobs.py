"""Jobs, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.api.names import Object
from kubegate.controllers.job_pods import TRACKING, read_indexes, write_indexes

JOB = "job-controller"
Template = Callable[..., Object]


def make(world, template: Template, name: str = "work", **spec: object) -> None:
    pods = template({"x": "y"}, restartPolicy="Never")
    world.create("jobs.batch", name, {"template": pods, **spec}, "Job")
    world.settle(JOB)


def conditions(world, name: str = "work") -> dict[str, tuple[str, str]]:
    return {c["type"]: (c["status"], c["reason"]) for c in world.status("jobs.batch", name).get("conditions") or ()}


def test_a_job_makes_its_pods_and_completes_when_they_have_succeeded(world, template: Template) -> None:
    make(world, template, completions=3, parallelism=2)
    pods = world.list("pods")
    assert len(pods) == 2
    assert all(pod["metadata"]["finalizers"] == [TRACKING] for pod in pods)
    assert all(pod["metadata"]["ownerReferences"][0]["controller"] for pod in pods)
    status = world.status("jobs.batch", "work")
    assert (status["active"], status["ready"], status["terminating"]) == (2, 0, 0)
    assert status["uncountedTerminatedPods"] == {}
    for _ in range(2):
        for pod in world.list("pods"):
            world.mark(pod["metadata"]["name"], "Succeeded")
        world.settle(JOB)
    status = world.status("jobs.batch", "work")
    assert status["succeeded"] == 3
    assert "active" not in status
    assert conditions(world) == {
        "SuccessCriteriaMet": ("True", "CompletionsReached"),
        "Complete": ("True", "CompletionsReached"),
    }
    assert status["completionTime"]
    assert not any(pod["metadata"].get("finalizers") for pod in world.list("pods"))
    assert ("Completed", "Job completed") in world.events("work")


def test_failures_are_counted_once_and_too_many_end_the_job(world, template: Template) -> None:
    make(world, template, backoffLimit=1)
    for expected in (1, 2):
        pod = next(p for p in world.list("pods") if (p.get("status") or {}).get("phase") == "Pending")
        world.mark(pod["metadata"]["name"], "Failed")
        world.settle(JOB)
        world.settle(JOB)
        assert world.status("jobs.batch", "work")["failed"] == expected
        world.later(minutes=5)
        world.settle(JOB)
    assert conditions(world) == {
        "FailureTarget": ("True", "BackoffLimitExceeded"),
        "Failed": ("True", "BackoffLimitExceeded"),
    }
    assert ("BackoffLimitExceeded", "Job has reached the specified backoff limit") in world.events("work")


def test_the_next_pod_waits_longer_after_each_failure(world, template: Template) -> None:
    make(world, template)
    ended = {"terminated": {"exitCode": 1, "finishedAt": world.now.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    state = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0, "state": ended}
    world.mark(world.list("pods")[0]["metadata"]["name"], "Failed", containerStatuses=[state])
    world.settle(JOB)
    assert len(world.list("pods")) == 1
    assert world.again == pytest.approx(10, abs=0.1)
    world.later(seconds=11)
    world.settle(JOB)
    assert len(world.list("pods")) == 2


def test_a_deadline_ends_the_job_and_its_pods(world, template: Template) -> None:
    make(world, template, activeDeadlineSeconds=60)
    assert world.again == pytest.approx(60, abs=1.1)
    world.later(seconds=61)
    world.settle(JOB)
    assert conditions(world)["Failed"] == ("True", "DeadlineExceeded")
    assert world.list("pods") == []


def test_a_suspended_job_has_no_pods_until_it_is_resumed(world, template: Template) -> None:
    make(world, template, suspend=True)
    assert world.list("pods") == []
    assert "startTime" not in world.status("jobs.batch", "work")
    assert conditions(world) == {"Suspended": ("True", "JobSuspended")}
    world.admin.patch(world.path("jobs.batch", "work"), {"spec": {"suspend": False}})
    world.settle(JOB)
    assert len(world.list("pods")) == 1
    assert conditions(world) == {"Suspended": ("False", "JobResumed")}
    assert {reason for reason, _ in world.events("work")} == {"Suspended", "Resumed", "SuccessfulCreate"}


def test_pods_of_an_indexed_job_know_their_number(world, template: Template) -> None:
    make(world, template, completions=3, parallelism=3, completionMode="Indexed")
    pods = world.list("pods")
    assert [pod["spec"]["hostname"] for pod in pods] == ["work-0", "work-1", "work-2"]
    assert pods[1]["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] == "1"
    assert pods[1]["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"
    for pod in (pods[0], pods[2]):
        world.mark(pod["metadata"]["name"], "Succeeded")
    world.settle(JOB)
    assert world.status("jobs.batch", "work")["completedIndexes"] == "0,2"
    world.mark(pods[1]["metadata"]["name"], "Succeeded")
    world.settle(JOB)
    status = world.status("jobs.batch", "work")
    assert (status["completedIndexes"], status["succeeded"]) == ("0-2", 3)
    assert conditions(world)["Complete"][0] == "True"


def test_a_rule_on_exit_codes_fails_the_job_at_once(world, template: Template) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    make(world, template, podFailurePolicy={"rules": [rule]})
    name = world.list("pods")[0]["metadata"]["name"]
    state = {"terminated": {"exitCode": 42}}
    container = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    world.mark(name, "Failed", containerStatuses=[container])
    world.settle(JOB)
    failed = next(c for c in world.status("jobs.batch", "work")["conditions"] if c["type"] == "Failed")
    where = f"{world.namespace}/{name}"
    assert failed["message"] == f"Container c for pod {where} failed with exit code 42 matching FailJob rule at index 0"


def test_pods_of_a_job_that_is_gone_are_let_go(world, template: Template) -> None:
    make(world, template)
    options = {"propagationPolicy": "Orphan"}
    world.admin.request("DELETE", world.path("jobs.batch", "work"), options)
    world.admin.patch(world.path("jobs.batch", "work"), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    world.settle(JOB)
    assert not any(pod["metadata"].get("finalizers") for pod in world.list("pods"))


def test_a_finished_job_goes_after_its_time(world, template: Template) -> None:
    make(world, template, ttlSecondsAfterFinished=30)
    world.mark(world.list("pods")[0]["metadata"]["name"], "Succeeded")
    world.settle(JOB, "ttl-after-finished-controller")
    assert "deletionTimestamp" not in world.get("jobs.batch", "work")["metadata"]
    world.later(seconds=31)
    world.settle("ttl-after-finished-controller")
    assert world.get("jobs.batch", "work")["metadata"]["deletionTimestamp"]


@pytest.mark.parametrize(
    ("indexes", "text"),
    [([], ""), ([3], "3"), ([0, 1], "0,1"), ([0, 1, 2, 5], "0-2,5"), ([1, 3, 4, 5, 6, 8, 9], "1,3-6,8,9")],
)
def test_indexes_are_written_as_intervals(indexes: list[int], text: str) -> None:
    assert write_indexes(indexes) == text
    assert read_indexes(text, 100) == set(indexes)


def test_indexes_beyond_the_completions_are_left_out() -> None:
    assert read_indexes("1,3-6,8,9", 5) == {1, 3, 4}
