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


INDEXED = {"completionMode": "Indexed", "completions": 3, "parallelism": 3}
INDEX = "batch.kubernetes.io/job-completion-index"
COUNT = "batch.kubernetes.io/job-index-failure-count"


def end(world, index: int, phase: str, code: int = 1) -> None:
    """The active pod of that index ends, and the controller looks."""
    pods = [p for p in world.list("pods") if p["metadata"]["labels"][INDEX] == str(index)]
    name = next(p for p in pods if p["status"].get("phase") in (None, "Pending"))["metadata"]["name"]
    state = {"terminated": {"exitCode": code, "finishedAt": world.now.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    container = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    world.mark(name, phase, containerStatuses=[container])
    world.settle(JOB)


def test_indexes_fail_each_for_itself(world, template: Template) -> None:
    make(world, template, **INDEXED, backoffLimitPerIndex=1)
    assert {p["metadata"]["annotations"][COUNT] for p in world.list("pods")} == {"0"}
    end(world, 1, "Failed")
    assert world.status("jobs.batch", "work")["failedIndexes"] == ""
    assert world.again == pytest.approx(10, abs=0.1)
    world.later(seconds=11)
    world.settle(JOB)
    assert [p["metadata"]["annotations"][COUNT] for p in world.list("pods") if p["metadata"]["labels"][INDEX] == "1"].count(
        "1"
    ) == 1
    end(world, 1, "Failed")
    assert world.status("jobs.batch", "work")["failedIndexes"] == "1"
    world.later(minutes=11)
    world.settle(JOB)
    assert len(world.list("pods")) == 4
    end(world, 0, "Succeeded")
    assert "Failed" not in conditions(world)
    end(world, 2, "Succeeded")
    assert conditions(world) == {"FailureTarget": ("True", "FailedIndexes"), "Failed": ("True", "FailedIndexes")}
    status = world.status("jobs.batch", "work")
    assert (status["completedIndexes"], status["failedIndexes"], status["failed"]) == ("0,2", "1", 2)


def test_a_rule_fails_an_index_at_once_and_too_many_end_the_job(world, template: Template) -> None:
    rules = [
        {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [42]}},
        {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [7]}},
    ]
    make(world, template, **INDEXED, backoffLimitPerIndex=5, maxFailedIndexes=1, podFailurePolicy={"rules": rules})
    end(world, 0, "Failed", 7)
    world.later(seconds=11)
    world.settle(JOB)
    (counts,) = [
        pod["metadata"]["annotations"]
        for pod in world.list("pods")
        if pod["metadata"]["labels"][INDEX] == "0" and pod["status"]["phase"] == "Pending"
    ]
    assert (counts[COUNT], counts["batch.kubernetes.io/job-index-ignored-failure-count"]) == ("0", "1")
    end(world, 0, "Failed", 42)
    assert world.status("jobs.batch", "work")["failedIndexes"] == "0"
    end(world, 2, "Failed", 42)
    assert conditions(world) == {"FailureTarget": ("True", "MaxFailedIndexesExceeded")}
    left = [pod for pod in world.list("pods") if pod["status"]["phase"] == "Pending"]
    assert [bool(pod["metadata"].get("deletionTimestamp")) for pod in left] == [True]


@pytest.mark.parametrize(
    ("rules", "enough"),
    [
        ([{"succeededCount": 2}], (0, 2)),
        ([{"succeededIndexes": "2"}], (2,)),
        ([{"succeededIndexes": "1-2", "succeededCount": 1}], (1,)),
        ([{"succeededIndexes": "0-1"}], (0, 1)),
    ],
    ids=str,
)
def test_a_job_is_done_when_its_policy_says_so(
    world, template: Template, rules: list[Object], enough: tuple[int, ...]
) -> None:
    make(world, template, **INDEXED, successPolicy={"rules": [{"succeededCount": 3}, *rules]})
    for index in enough:
        assert "SuccessCriteriaMet" not in conditions(world)
        end(world, index, "Succeeded")
    assert conditions(world) == {"SuccessCriteriaMet": ("True", "SuccessPolicy"), "Complete": ("True", "SuccessPolicy")}
    status = world.status("jobs.batch", "work")
    assert status["conditions"][0]["message"] == "Matched rules at index 1"
    assert (status["succeeded"], "active" in status) == (len(enough), False)
    assert len(world.list("pods")) == len(enough)


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
