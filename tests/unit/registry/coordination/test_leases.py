"""Leases, and who may lead."""

import pytest
from messages import IMMUTABLE, NEGATIVE, bad
from support import create, merged, update

LEASES = "coordination.k8s.io/v1/leases"
CANDIDATES = "coordination.k8s.io/v1beta1/leasecandidates"
CANDIDATE = {
    "spec": {
        "leaseName": "l",
        "binaryVersion": "1.36.0",
        "emulationVersion": "1.35.0",
        "strategy": "OldestEmulationVersion",
    }
}


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({}, []),
        ({"holderIdentity": "h", "leaseDurationSeconds": 1, "leaseTransitions": 0}, []),
        ({"leaseDurationSeconds": 0}, ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"]),
        ({"leaseTransitions": -1}, [f"spec.leaseTransitions: Invalid value: -1: {NEGATIVE}"]),
    ],
    ids=str,
)
def test_leases(spec, wrong):
    assert create(LEASES, {"spec": spec})[1] == wrong
    old, _ = create(LEASES, {})
    assert update(LEASES, old, {"spec": spec})[1] == wrong


def test_fields_of_a_coordinated_election_are_dropped():
    given = {"strategy": "x", "preferredHolder": "y", "holderIdentity": "h"}
    obj, errors = create(LEASES, {"spec": given})
    assert errors == []
    assert obj["spec"] == {"holderIdentity": "h"}
    assert update(LEASES, obj, {"spec": given})[0]["spec"] == {"holderIdentity": "h"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"preferredHolder": "y"}, []),
        (
            {"strategy": "x"},
            ['spec.strategy.strategy: Unsupported value: "x": supported values: "OldestEmulationVersion"'],
        ),
        ({"strategy": "a.io/x"}, []),
        (
            {"strategy": None, "preferredHolder": "y"},
            ["spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"],
        ),
    ],
    ids=str,
)
def test_but_not_from_leases_that_have_them(change, wrong):
    old, _ = create(LEASES, {})
    old["spec"] = {"strategy": "OldestEmulationVersion", "preferredHolder": "x"}
    assert update(LEASES, old, {"spec": change})[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"leaseName": ""}, ["spec.leaseName: Required value"]),
        ({"binaryVersion": ""}, ["spec.binaryVersion: Required value"]),
        (
            {"binaryVersion": "v1"},
            [
                bad("spec.binaryVersion", "v1", "must be a valid semantic version"),
                bad("spec.binaryVersion", "v1", "must be greater than or equal to `emulationVersion`"),
            ],
        ),
        (
            {"emulationVersion": "x", "strategy": "a.io/b"},
            [bad("spec.emulationVersion", "x", "must be a valid semantic version")],
        ),
        (
            {"emulationVersion": "1.37.0"},
            [bad("spec.binaryVersion", "1.36.0", "must be greater than or equal to `emulationVersion`")],
        ),
        ({"strategy": ""}, ["spec.strategy: Required value"]),
        (
            {"emulationVersion": ""},
            ["spec.emulationVersion: Required value: must be specified when `strategy` is 'OldestEmulationVersion'"],
        ),
    ],
    ids=str,
)
def test_candidates(change, wrong):
    assert create(CANDIDATES, merged(CANDIDATE, {"spec": change}))[1] == wrong


def test_a_candidate_keeps_its_lease():
    old, _ = create(CANDIDATES, CANDIDATE)
    assert update(CANDIDATES, old, {"spec": {"leaseName": "m"}})[1] == [bad("spec.leaseName", "m", IMMUTABLE)]
