"""Jobs: counts, indexes, policies of failure and success."""

import pytest
from messages import KEY, NEGATIVE, SUBDOMAIN, bad
from support import create, merged

WHERE = "batch/v1/jobs"
GOOD = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}}}}
INDEXED = {"completionMode": "Indexed", "completions": 5}
NEEDS_INDEX = "requires indexed completion mode"


@pytest.mark.parametrize(
    ("spec", "filled"),
    [
        ({}, {"completions": 1, "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False}),
        ({"completions": 3}, {"completions": 3, "parallelism": 1}),
        ({"parallelism": 2}, {"completions": None, "parallelism": 2}),
        ({**INDEXED, "backoffLimitPerIndex": 1}, {"backoffLimit": 2**31 - 1}),
        ({}, {"podReplacementPolicy": "TerminatingOrFailed"}),
        (
            {"podFailurePolicy": {"rules": [{"action": "Count", "onPodConditions": [{"type": "A"}]}]}},
            {"podReplacementPolicy": "Failed"},
        ),
    ],
    ids=str,
)
def test_what_is_filled_in(spec, filled):
    obj, errors = create(WHERE, merged(GOOD, {"spec": spec}))
    assert errors == []
    assert {key: obj["spec"].get(key) for key in filled} == filled


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        *(
            ({key: -1}, [f"spec.{key}: Invalid value: -1: {NEGATIVE}"])
            for key in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
        ),
        (
            {"completionMode": "X"},
            ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"'],
        ),
        (
            {"completionMode": "Indexed", "parallelism": 1},
            ["spec.completions: Required value: when completion mode is Indexed"],
        ),
        ({"backoffLimitPerIndex": 1}, [f"spec.backoffLimitPerIndex: Invalid value: 1: {NEEDS_INDEX}"]),
        (
            {**INDEXED, "maxFailedIndexes": 1},
            ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"],
        ),
        (
            {**INDEXED, "maxFailedIndexes": 6, "backoffLimitPerIndex": 1},
            ["spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions"],
        ),
        (
            {**INDEXED, "parallelism": 100_001},
            [
                "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 "
                "when completion mode is Indexed"
            ],
        ),
        ({"managedBy": "a.io/b"}, []),
        ({"managedBy": "b"}, [bad("spec.managedBy", "b", 'must be a domain-prefixed path (such as "acme.io/foo")')]),
        ({"managedBy": "A/b"}, [bad("spec.managedBy", "A", SUBDOMAIN)]),
        (
            {"podReplacementPolicy": "X"},
            ['spec.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"'],
        ),
        (
            {"template": {"spec": {"restartPolicy": "Always"}}},
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


F = "spec.podFailurePolicy.rules[0]"
CODES = {"operator": "In", "values": [1]}


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"action": "FailJob", "onExitCodes": CODES}, []),
        ({"action": "Ignore", "onExitCodes": {**CODES, "containerName": "c"}}, []),
        ({"action": "Count", "onPodConditions": [{"type": "DisruptionTarget"}]}, []),
        (
            {"onExitCodes": CODES},
            [f'{F}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
        ),
        (
            {"action": "X", "onExitCodes": CODES},
            [f'{F}.action: Unsupported value: "X": supported values: "Count", "FailIndex", "FailJob", "Ignore"'],
        ),
        (
            {"action": "FailIndex", "onExitCodes": CODES},
            [bad(f"{F}.action", "FailIndex", "requires the backoffLimitPerIndex to be set")],
        ),
        ({"action": "Count"}, [f"{F}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"]),
        (
            {"action": "Count", "onExitCodes": CODES, "onPodConditions": [{"type": "A"}]},
            [f"{F}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported"],
        ),
        (
            {"action": "Count", "onPodConditions": [{"type": "a b", "status": "X"}]},
            [
                bad(f"{F}.onPodConditions[0].type", "a b", KEY),
                f'{F}.onPodConditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
            ],
        ),
        (
            {"action": "Count", "onExitCodes": {**CODES, "values": [0]}},
            [f"{F}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"],
        ),
        ({"action": "Count", "onExitCodes": {"operator": "NotIn", "values": [0]}}, []),
        (
            {"action": "Count", "onExitCodes": {**CODES, "values": [2, 1]}},
            [f"{F}.onExitCodes.values: Invalid value: [2,1]: must be ordered"],
        ),
        (
            {"action": "Count", "onExitCodes": {**CODES, "values": [1, 1]}},
            [f"{F}.onExitCodes.values[1]: Duplicate value: 1"],
        ),
        (
            {"action": "Count", "onExitCodes": {**CODES, "containerName": "x"}},
            [
                bad(
                    f"{F}.onExitCodes.containerName",
                    "x",
                    "must be one of the container or initContainer names in the pod template",
                )
            ],
        ),
        (
            {"action": "Count", "onExitCodes": {**CODES, "operator": "X"}},
            [f'{F}.onExitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"'],
        ),
    ],
    ids=str,
)
def test_rules_of_failure(rule, wrong):
    assert create(WHERE, merged(GOOD, {"spec": {"podFailurePolicy": {"rules": [rule]}}}))[1] == wrong


S = "spec.successPolicy.rules[0]"
PARSING = "error parsing succeededIndexes: "


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"succeededCount": 5}, []),
        ({"succeededIndexes": "0,2-4"}, []),
        ({"succeededIndexes": "0,2-4", "succeededCount": 4}, []),
        ({"succeededIndexes": ""}, []),
        ({}, [f"{S}: Required value: at least one of succeededCount or succeededIndexes must be specified"]),
        ({"succeededCount": -1}, [f"{S}.succeededCount: Invalid value: -1: {NEGATIVE}"]),
        (
            {"succeededCount": 6},
            [f"{S}.succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)"],
        ),
        (
            {"succeededIndexes": "0-1", "succeededCount": 3},
            [
                f"{S}.succeededCount: Invalid value: 3: must be less than or equal to 2 "
                "(the number of indexes in the specified succeededIndexes field)"
            ],
        ),
        (
            {"succeededIndexes": "a-b"},
            [f'{S}.succeededIndexes: Invalid value: "a-b": {PARSING}cannot convert string to integer for index: "a"'],
        ),
        ({"succeededIndexes": "5"}, [f'{S}.succeededIndexes: Invalid value: "5": {PARSING}too large index: "5"']),
        (
            {"succeededIndexes": "1,0"},
            [f'{S}.succeededIndexes: Invalid value: "1,0": {PARSING}non-increasing order, previous: 1, current: 0'],
        ),
        (
            {"succeededIndexes": "3-2"},
            [f'{S}.succeededIndexes: Invalid value: "3-2": {PARSING}non-increasing order, previous: 3, current: 2'],
        ),
        (
            {"succeededIndexes": "0-1-2"},
            [
                f'{S}.succeededIndexes: Invalid value: "0-1-2": {PARSING}the fragment "0-1-2" violates the requirement that '
                "an index interval can have at most two parts separated by '-'"
            ],
        ),
    ],
    ids=str,
)
def test_rules_of_success(rule, wrong):
    spec = {**INDEXED, "successPolicy": {"rules": [rule]}}
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


def test_success_is_of_indexes():
    spec = {"successPolicy": {"rules": [{"succeededCount": 1}]}}
    shown = '{"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}'
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == [f"spec.successPolicy: Invalid value: {shown}: {NEEDS_INDEX}"]
    none = {**INDEXED, "successPolicy": {"rules": []}}
    text = "at least one rules must be specified when the successPolicy is specified"
    assert create(WHERE, merged(GOOD, {"spec": none}))[1] == [f"spec.successPolicy.rules: Required value: {text}"]
