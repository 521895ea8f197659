"""Priority levels: shares, queues, hands."""

import pytest
from support import create, merged

WHERE = "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
GOOD = {"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}}
RESPONSE, QUEUING = "spec.limited.limitResponse", "spec.limited.limitResponse.queuing"


def queue(**values):
    return {"limited": {"limitResponse": {"type": "Queue", "queuing": values}}}


def test_what_is_filled_in():
    obj, errors = create(WHERE, merged(GOOD, {"spec": queue(queues=128)}))
    assert errors == []
    assert obj["spec"]["limited"] == {
        "nominalConcurrencyShares": 30,
        "lendablePercent": 0,
        "limitResponse": {"type": "Queue", "queuing": {"queues": 128, "handSize": 8, "queueLengthLimit": 50}},
    }


def test_no_shares_may_be_asked_for():
    obj, errors = create(WHERE, merged(GOOD, {"spec": {"limited": {"nominalConcurrencyShares": 0}}}))
    assert errors == []
    assert obj["spec"]["limited"]["nominalConcurrencyShares"] == 0


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"limited": {"lendablePercent": 100, "borrowingLimitPercent": 1000}}, []),
        (
            {"type": "X"},
            ['spec.type: Unsupported value: "X": supported values: "Exempt", "Limited"'],
        ),
        (
            {"type": "Exempt"},
            [
                "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
                "spec.limited: Forbidden: must be nil if the type is not Limited",
            ],
        ),
        ({"exempt": {}}, ["spec.exempt: Forbidden: must be nil if the type is Limited"]),
        ({"limited": None}, ["spec.limited: Required value: must not be empty when type is Limited"]),
        (
            {"limited": {"nominalConcurrencyShares": -1}},
            ["spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer"],
        ),
        (
            {"limited": {"lendablePercent": 101}},
            ["spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"],
        ),
        (
            {"limited": {"borrowingLimitPercent": -1}},
            ["spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"],
        ),
        (
            {"limited": {"limitResponse": {"type": "X"}}},
            [f'{RESPONSE}.type: Unsupported value: "X": supported values: "Queue", "Reject"'],
        ),
        (
            {"limited": {"limitResponse": {"queuing": {}}}},
            [f"{RESPONSE}.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited"],
        ),
        (
            {"limited": {"limitResponse": {"type": "Queue"}}},
            [f"{RESPONSE}.queuing: Required value: must not be empty if limited.limitResponse.type is Limited"],
        ),
        (queue(queueLengthLimit=-1), [f"{QUEUING}.queueLengthLimit: Invalid value: -1: must be positive"]),
        (
            queue(queues=-1),
            [
                f"{QUEUING}.queues: Invalid value: -1: must be positive",
                f"{QUEUING}.handSize: Invalid value: 8: should not be greater than queues (-1)",
            ],
        ),
        (
            queue(queues=10_000_001, handSize=1),
            [f"{QUEUING}.queues: Invalid value: 10000001: must not be greater than 10000000"],
        ),
        (queue(handSize=-1), [f"{QUEUING}.handSize: Invalid value: -1: must be positive"]),
        (queue(queues=4), [f"{QUEUING}.handSize: Invalid value: 8: should not be greater than queues (4)"]),
        (
            queue(queues=512, handSize=10),
            [
                f"{QUEUING}.handSize: Invalid value: 10: required entropy bits of deckSize 512 and handSize 10 "
                "should not be greater than 60"
            ],
        ),
    ],
    ids=str,
)
def test_levels(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


@pytest.mark.parametrize(
    ("exempt", "wrong"),
    [
        ({"nominalConcurrencyShares": 5, "lendablePercent": 50}, []),
        (
            {"nominalConcurrencyShares": -1, "lendablePercent": -1},
            [
                "spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
                "spec.exempt.lendablePercent: Invalid value: -1: must be between 0 and 100, inclusive",
            ],
        ),
    ],
    ids=str,
)
def test_what_is_free_in_the_exempt_level(exempt, wrong):
    assert create(WHERE, {"metadata": {"name": "exempt"}, "spec": {"type": "Exempt", "exempt": exempt}})[1] == wrong
