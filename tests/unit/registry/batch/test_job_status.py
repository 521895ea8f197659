"""The status of jobs: what it may say, what it may not take back, whom an immutable template is shown to as what."""

import json

import pytest
from support import create, merged, update

WHERE = "batch/v1/jobs"
GOOD = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}}}}
INDEXED = {"completionMode": "Indexed", "completions": 5, "parallelism": 2}
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
COND = "status.conditions: Invalid value: "


def conditions(*names: str) -> list[dict[str, str]]:
    return [{"type": name, "status": "True"} for name in names]


def judged(change, spec=None, before=None):
    """What is wrong with writing ``change`` to the status of a job whose status was ``before``."""
    job, errors = create(WHERE, merged(GOOD, {"spec": spec or {}}))
    assert errors == []
    job["status"] = before or {}
    return update(WHERE, job, {"status": change}, "status")[1]


DONE = {"conditions": conditions("Complete"), "startTime": EARLY, "completionTime": LATE}


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (DONE, []),
        ({**DONE, "active": 1}, ["status.active: Invalid value: 1: active>0 is invalid for finished job"]),
        (
            {"conditions": conditions("Complete")},
            [
                "status.completionTime: Required value: completionTime is required for Complete jobs",
                "status.startTime: Required value: startTime is required for finished job",
            ],
        ),
        (
            {**DONE, "conditions": conditions("Complete", "Failed")},
            [f"{COND}cannot set Complete=True and Failed=true conditions"],
        ),
        (
            {**DONE, "conditions": conditions("Complete", "FailureTarget")},
            [f"{COND}cannot set Complete=True and FailureTarget=true conditions"],
        ),
        (
            {"completionTime": LATE},
            [
                f'status.completionTime: Invalid value: "{LATE}": cannot set completionTime when there is no '
                "Complete=True condition"
            ],
        ),
        (
            {**DONE, "startTime": LATE, "completionTime": EARLY},
            [f'status.completionTime: Invalid value: "{EARLY}": completionTime cannot be set before startTime'],
        ),
        (
            {"conditions": conditions("SuccessCriteriaMet", "FailureTarget")},
            [f"{COND}cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"],
        ),
        (
            {"uncountedTerminatedPods": {"succeeded": ["a", ""], "failed": ["a"]}},
            [
                'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
                'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
            ],
        ),
        (
            {**DONE, "uncountedTerminatedPods": {"failed": ["a"]}},
            [
                'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: '
                "uncountedTerminatedPods needs to be empty for finished job"
            ],
        ),
        (
            {"completedIndexes": "0"},
            [
                'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed '
                "completion mode"
            ],
        ),
        (
            {"failedIndexes": ""},
            ['status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null'],
        ),
    ],
    ids=str,
)
def test_what_a_status_may_say(status, wrong):
    assert judged(status) == wrong


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        ({"completedIndexes": "0,2-4"}, []),
        (
            {"completedIndexes": "3,1"},
            [
                'status.completedIndexes: Invalid value: "3,1": error parsing completedIndexes: '
                "non-increasing order, previous: 3, current: 1"
            ],
        ),
        (
            {"failedIndexes": "9"},
            ['status.failedIndexes: Invalid value: "9": error parsing failedIndexes: too large index: "9"'],
        ),
        (
            {"completedIndexes": "0-2", "failedIndexes": "x,2,3"},
            [
                'status.failedIndexes: Invalid value: "x,2,3": error parsing failedIndexes: '
                'cannot convert string to integer for index: "x"',
                'status.failedIndexes: Invalid value: "x,2,3": failedIndexes and completedIndexes overlap at index: 2',
            ],
        ),
    ],
    ids=str,
)
def test_indexes(status, wrong):
    assert judged(status, {**INDEXED, "backoffLimitPerIndex": 1}) == wrong


@pytest.mark.parametrize(
    ("before", "change", "wrong"),
    [
        ({"failed": 3, "succeeded": 3}, {"failed": 4, "succeeded": 4}, []),
        ({"failed": 3}, {"failed": 2}, ["status.failed: Invalid value: 2: cannot decrease the failed counter"]),
        ({"succeeded": 1}, {"succeeded": 0}, ["status.succeeded: Invalid value: 0: cannot decrease the succeeded counter"]),
        (
            {"conditions": conditions("FailureTarget")},
            {"conditions": []},
            [f"{COND}cannot disable the terminal FailureTarget=True condition"],
        ),
        (
            {"conditions": conditions("SuccessCriteriaMet")},
            {"conditions": []},
            [f"{COND}cannot disable the SuccessCriteriaMet=True condition"],
        ),
        (
            DONE,
            {"conditions": conditions("Complete", "SuccessCriteriaMet")},
            [f"{COND}cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"],
        ),
        (
            {"startTime": EARLY},
            {"startTime": LATE},
            ["status.startTime: Required value: startTime cannot be removed for unsuspended job"],
        ),
        (
            DONE,
            {"completionTime": "2026-01-03T00:00:00Z"},
            ['status.completionTime: Invalid value: "2026-01-03T00:00:00Z": completionTime cannot be mutated'],
        ),
        # What was wrong before and did not change stands in nobody's way.
        ({**DONE, "completedIndexes": "7"}, {"ready": 0}, []),
    ],
    ids=str,
)
def test_what_a_status_may_not_take_back(before, change, wrong):
    assert judged(change, before=before) == wrong


def test_a_scaled_down_job_counts_fewer_successes():
    assert judged({"succeeded": 1}, {**INDEXED, "parallelism": 5}, {"succeeded": 2}) == []


def test_a_changed_template_is_shown_as_the_servers_struct():
    job, _ = create(WHERE, GOOD)
    change = {"template": {"spec": {"containers": [{"name": "c", "image": "j", "resources": {"limits": {"cpu": "1"}}}]}}}
    _, (error,) = update(WHERE, job, {"spec": change})
    head, _, rest = error.partition(": Invalid value: ")
    shown, _, tail = rest.rpartition(": ")
    assert (head, tail) == ("spec.template", "field is immutable")
    template = json.loads(shown)
    assert list(template) == ["labels", "Spec"]
    assert template["Spec"]["Containers"][0]["Image"] == "j"
    assert template["Spec"]["Containers"][0]["Resources"] == {"Limits": {"cpu": "1"}, "Requests": None, "Claims": None}
    assert template["Spec"]["SecurityContext"]["HostNetwork"] is False
    keys = list(template["Spec"])
    assert keys[keys.index("Subdomain") + 1] == "SetHostnameAsFQDN"
    assert "HostNetwork" not in keys
    assert "DeprecatedServiceAccount" not in keys


def test_where_a_job_that_never_ran_may_be_placed_can_be_decided():
    job, _ = create(WHERE, merged(GOOD, {"spec": {"suspend": True}}))
    node = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": []}]}}
    pods = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone", "labelSelector": {}}]}

    def wrong(affinity):
        return update(WHERE, job, {"spec": {"template": {"spec": {"affinity": affinity}}}})[1]

    assert wrong({"nodeAffinity": node}) == []
    assert len(wrong({"podAffinity": pods})) == 1


@pytest.mark.parametrize(
    ("suspended", "status", "container", "complaints"),
    [
        (True, {}, {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}}, 0),
        (True, {"startTime": EARLY}, {"resources": {"requests": {"cpu": "2"}}}, 0),
        (True, {"startTime": EARLY, "active": 1}, {"resources": {"requests": {"cpu": "2"}}}, 1),
        (False, {}, {"resources": {"requests": {"cpu": "2"}}}, 1),
        (True, {}, {"image": "j", "resources": {"requests": {"cpu": "2"}}}, 1),
    ],
)
def test_what_the_pods_of_a_job_that_rests_may_use_can_be_decided(suspended, status, container, complaints):
    job, _ = create(WHERE, merged(GOOD, {"spec": {"suspend": suspended}}))
    job["status"] = status
    changed = {"name": "c", "image": "i", **container}
    assert len(update(WHERE, job, {"spec": {"template": {"spec": {"containers": [changed]}}}})[1]) == complaints
