"""Storage classes and volume attributes classes."""

import pytest
from messages import IMMUTABLE, KEY, SUBDOMAIN, bad
from support import create, merged, update

CLASSES = "storage.k8s.io/v1/storageclasses"
ATTRIBUTES = "storage.k8s.io/v1/volumeattributesclasses"
GOOD = {"provisioner": "p.io/x"}
ZONES = {"key": "topology.kubernetes.io/zone", "values": ["a"]}


def test_what_is_filled_in():
    obj, errors = create(CLASSES, GOOD)
    assert errors == []
    assert (obj["reclaimPolicy"], obj["volumeBindingMode"]) == ("Delete", "Immediate")


@pytest.mark.parametrize(
    "change",
    [
        {"reclaimPolicy": "Retain"},
        {"volumeBindingMode": "WaitForFirstConsumer"},
        {"parameters": {"a": "b", "c": ""}},
        {"allowVolumeExpansion": True, "mountOptions": ["ro"]},
        {"provisioner": "P.io/X"},
        {"provisioner": "x"},
        {"allowedTopologies": [{"matchLabelExpressions": [ZONES]}]},
        {"allowedTopologies": [{"matchLabelExpressions": [ZONES]}, {"matchLabelExpressions": [{**ZONES, "values": ["b"]}]}]},
    ],
    ids=str,
)
def test_good(change):
    assert create(CLASSES, {**GOOD, **change})[1] == []


def terms(*expressions):
    return {"allowedTopologies": [{"matchLabelExpressions": list(expressions)}]}


HERE = "allowedTopologies[0].matchLabelExpressions"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"provisioner": ""}, ["provisioner: Required value"]),
        ({"provisioner": "A B"}, [bad("provisioner", "a b", KEY)]),
        (
            {"reclaimPolicy": "Recycle"},
            ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
        ),
        (
            {"volumeBindingMode": "Later"},
            ['volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"'],
        ),
        ({"parameters": {"": "x"}}, [bad("parameters", "", "field can not be empty.")]),
        ({"parameters": {str(n): "" for n in range(513)}}, ["parameters: Too long: may not be more than 512 bytes"]),
        ({"parameters": {"a": "b" * 2**18}}, ["parameters: Too long: may not be more than 262144 bytes"]),
        (terms({**ZONES, "values": []}), [f"{HERE}[0].values: Required value"]),
        (terms({**ZONES, "values": ["a", "a"]}), [f'{HERE}[0].values[1]: Duplicate value: "a"']),
        (terms({**ZONES, "key": "a b"}), [bad(f"{HERE}[0].key", "a b", KEY)]),
        (terms(ZONES, {**ZONES, "values": ["b"]}), [f'{HERE}[1].key: Duplicate value: "topology.kubernetes.io/zone"']),
        (
            {"allowedTopologies": [{"matchLabelExpressions": [ZONES]}] * 2},
            ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
        ),
        # An empty term equals the place kept for each term.
        ({"allowedTopologies": [{}]}, ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""']),
    ],
    ids=lambda value: str(value)[:60],
)
def test_wrong(change, wrong):
    assert create(CLASSES, {**GOOD, **change})[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"provisioner": "q.io/x"}, [bad("provisioner", "q.io/x", IMMUTABLE)]),
        ({"parameters": {"z": "z"}}, [f'parameters: Invalid value: {{"z":"z"}}: {IMMUTABLE}']),
        ({"reclaimPolicy": "Retain"}, [bad("reclaimPolicy", "Retain", IMMUTABLE)]),
        ({"volumeBindingMode": "WaitForFirstConsumer"}, [bad("volumeBindingMode", "WaitForFirstConsumer", IMMUTABLE)]),
        ({"allowVolumeExpansion": True}, []),
        ({"mountOptions": ["ro"]}, []),
        (terms({**ZONES, "values": []}), [f"{HERE}[0].values: Required value"]),
    ],
    ids=str,
)
def test_what_may_change(change, wrong):
    old, _ = create(CLASSES, GOOD)
    assert update(CLASSES, old, change)[1] == wrong


ATTRIBUTED = {"driverName": "d.io", "parameters": {"iops": "1"}}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"driverName": ""}, ["driverName: Required value"]),
        ({"driverName": "a b"}, [bad("driverName", "a b", KEY)]),
        ({"parameters": None}, ["parameters: Required value: must contain at least one key/value pair"]),
        ({"parameters": {"": "1", "iops": None}}, [bad("parameters", "", "field can not be empty.")]),
        ({"metadata": {"name": "A"}}, [bad("metadata.name", "A", SUBDOMAIN)]),
    ],
    ids=str,
)
def test_attributes(change, wrong):
    assert create(ATTRIBUTES, merged(ATTRIBUTED, change))[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"driverName": "e.io"}, [bad("driverName", "e.io", IMMUTABLE)]),
        ({"parameters": {"iops": "2"}}, [f'parameters: Invalid value: {{"iops":"2"}}: {IMMUTABLE}']),
        ({"metadata": {"labels": {"a": "b"}}}, []),
    ],
    ids=str,
)
def test_attributes_never_change(change, wrong):
    old, _ = create(ATTRIBUTES, ATTRIBUTED)
    assert update(ATTRIBUTES, old, change)[1] == wrong
