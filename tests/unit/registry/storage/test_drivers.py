"""What CSI drivers say of themselves, of nodes and of capacity; attachments of volumes."""

import pytest
from messages import IMMUTABLE, KEY, NEGATIVE, SUBDOMAIN, bad
from support import create, merged, update

DRIVERS = "storage.k8s.io/v1/csidrivers"
NODES = "storage.k8s.io/v1/csinodes"
CAPACITIES = "storage.k8s.io/v1/csistoragecapacities"
ATTACHMENTS = "storage.k8s.io/v1/volumeattachments"


def test_what_is_filled_in_for_a_driver():
    obj, errors = create(DRIVERS, {"metadata": {"name": "d.io"}})
    assert errors == []
    assert obj["spec"] == {
        "attachRequired": True,
        "podInfoOnMount": False,
        "storageCapacity": False,
        "requiresRepublish": False,
        "seLinuxMount": False,
        "fsGroupPolicy": "ReadWriteOnceWithFSType",
        "volumeLifecycleModes": ["Persistent"],
    }
    assert "generation" not in obj["metadata"]


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"fsGroupPolicy": "None"}, []),
        ({"volumeLifecycleModes": ["Ephemeral", "Persistent"]}, []),
        ({"tokenRequests": [{"audience": ""}, {"audience": "a", "expirationSeconds": 600}]}, []),
        ({"nodeAllocatableUpdatePeriodSeconds": 10}, []),
        ({"serviceAccountTokenInSecrets": False, "tokenRequests": [{"audience": ""}]}, []),
        (
            {"serviceAccountTokenInSecrets": False},
            [
                "spec.serviceAccountTokenInSecrets: Invalid value: false: "
                "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
            ],
        ),
        (
            {"fsGroupPolicy": "X"},
            ['spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"'],
        ),
        (
            {"volumeLifecycleModes": ["X"]},
            ['spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"'],
        ),
        (
            # Of the second of the same audience nothing else is looked at.
            {"tokenRequests": [{"audience": "a"}, {"audience": "a", "expirationSeconds": 1}]},
            ['spec.tokenRequests[1].audience: Duplicate value: "a"'],
        ),
        (
            {"tokenRequests": [{"audience": "a", "expirationSeconds": 599}]},
            ["spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes"],
        ),
        (
            {"tokenRequests": [{"audience": "a", "expirationSeconds": 2**32 + 1}]},
            [
                "spec.tokenRequests[0].expirationSeconds: Invalid value: 4294967297: "
                "may not specify a duration larger than 2^32 seconds"
            ],
        ),
        (
            {"nodeAllocatableUpdatePeriodSeconds": 9},
            ["spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds"],
        ),
    ],
    ids=str,
)
def test_driver(spec, wrong):
    assert create(DRIVERS, {"metadata": {"name": "d.io"}, "spec": spec})[1] == wrong


def test_a_drivers_name_is_a_subdomain():
    assert create(DRIVERS, {"metadata": {"name": "D"}})[1] == [bad("metadata.name", "D", SUBDOMAIN)]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"attachRequired": False}, [f"spec.attachedRequired: Invalid value: false: {IMMUTABLE}"]),
        ({"volumeLifecycleModes": ["Ephemeral"]}, [f'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: {IMMUTABLE}']),
        ({"podInfoOnMount": True}, []),
        ({"requiresRepublish": True}, []),
    ],
    ids=str,
)
def test_what_may_change_of_a_driver(change, wrong):
    old, _ = create(DRIVERS, {"metadata": {"name": "d.io"}})
    obj, errors = update(DRIVERS, old, {"spec": change})
    assert errors == wrong
    assert obj["metadata"]["generation"] == 1


DRIVER = {"name": "d.io", "nodeID": "n", "topologyKeys": ["a.io/zone"]}


@pytest.mark.parametrize(
    ("drivers", "wrong"),
    [
        ([DRIVER], []),
        ([{**DRIVER, "topologyKeys": None, "allocatable": {"count": 0}}], []),
        ([{**DRIVER, "name": ""}], ["spec.drivers[0].name: Required value", bad("spec.drivers[0].name", "", SUBDOMAIN)]),
        ([{**DRIVER, "name": "a" * 64}], ["spec.drivers[0].name: Too long: may not be more than 63 bytes"]),
        ([{**DRIVER, "nodeID": ""}], ["spec.drivers[0].nodeID: Required value"]),
        (
            [{**DRIVER, "nodeID": "n" * 257}],
            [bad("spec.drivers[0].nodeID", "n" * 257, "must be 256 characters or less")],
        ),
        ([{**DRIVER, "allocatable": {"count": -1}}], [f"spec.drivers[0].allocatable.count: Invalid value: -1: {NEGATIVE}"]),
        ([DRIVER, DRIVER], ['spec.drivers[1].name: Duplicate value: "d.io"']),
        # Complaints about a key stand at the driver.
        ([{**DRIVER, "topologyKeys": ["a", "a"]}], ['spec.drivers[0]: Duplicate value: "a"']),
        ([{**DRIVER, "topologyKeys": ["a b"]}], [bad("spec.drivers[0]", "a b", KEY)]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_node(drivers, wrong):
    assert create(NODES, {"spec": {"drivers": drivers}})[1] == wrong


@pytest.mark.parametrize(
    ("drivers", "wrong"),
    [
        ([{**DRIVER, "allocatable": {"count": 5}}], []),
        ([], []),
        ([DRIVER, {**DRIVER, "name": "e.io"}], []),
        (
            [{**DRIVER, "nodeID": "m"}],
            [
                'spec.drivers: Invalid value: {"Name":"d.io","NodeID":"m","TopologyKeys":["a.io/zone"],"Allocatable":null}: '
                + IMMUTABLE
            ],
        ),
    ],
    ids=str,
)
def test_a_node_keeps_what_drivers_said(drivers, wrong):
    old, _ = create(NODES, {"spec": {"drivers": [DRIVER]}})
    assert update(NODES, old, {"spec": {"drivers": drivers}})[1] == wrong


CAPACITY = {"storageClassName": "c", "capacity": "1Gi", "nodeTopology": {"matchLabels": {"a": "b"}}}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"nodeTopology": None, "capacity": None}, []),
        ({"storageClassName": ""}, [bad("storageClassName", "", SUBDOMAIN)]),
        ({"capacity": "-1"}, [bad("capacity", "-1", NEGATIVE)]),
        ({"nodeTopology": {"matchLabels": {"a b": "c"}}}, [bad("nodeTopology.matchLabels", "a b", KEY)]),
    ],
    ids=str,
)
def test_capacity(change, wrong):
    assert create(CAPACITIES, merged(CAPACITY, change))[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"capacity": "2Gi"}, []),
        ({"storageClassName": "d"}, [bad("storageClassName", "d", IMMUTABLE)]),
        (
            {"nodeTopology": {"matchLabels": {"a": "c"}}},
            [f'nodeTopology: Invalid value: {{"matchLabels":{{"a":"c"}}}}: {IMMUTABLE}'],
        ),
    ],
    ids=str,
)
def test_where_a_capacity_is_never_changes(change, wrong):
    old, _ = create(CAPACITIES, CAPACITY)
    assert update(CAPACITIES, old, change)[1] == wrong


ATTACHMENT = {"spec": {"attacher": "d.io", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}
ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        (
            {"attacher": ""},
            ["spec.attacher: Required value", "spec.attacher: Required value", bad("spec.attacher", "", SUBDOMAIN)],
        ),
        ({"attacher": "a b"}, [bad("spec.attacher", "a b", SUBDOMAIN)]),
        ({"nodeName": ""}, [bad("spec.nodeName", "", SUBDOMAIN)]),
        ({"nodeName": "N"}, [bad("spec.nodeName", "N", SUBDOMAIN)]),
        ({"source": {"persistentVolumeName": None}}, [f"spec.source: Required value: {ONE}"]),
        ({"source": {"persistentVolumeName": "V"}}, [bad("spec.source.persistentVolumeName", "V", SUBDOMAIN)]),
        ({"source": {"inlineVolumeSpec": {}}}, [f"spec.source: Forbidden: {ONE}"]),
        (
            {"source": {"persistentVolumeName": ""}},
            [
                "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
                bad("spec.source.persistentVolumeName", "", SUBDOMAIN),
            ],
        ),
    ],
    ids=str,
)
def test_attachment(change, wrong):
    assert create(ATTACHMENTS, merged(ATTACHMENT, {"spec": change}))[1] == wrong


def test_an_attachment_never_changes_but_for_its_status():
    old, errors = create(ATTACHMENTS, {**ATTACHMENT, "status": {"attached": True}})
    assert errors == []
    assert old["status"] == {"attached": False}
    shown = '{"Attacher":"d.io","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}'
    assert update(ATTACHMENTS, old, {"spec": {"nodeName": "m"}})[1] == [f"spec: Invalid value: {shown}: {IMMUTABLE}"]
    obj, errors = update(ATTACHMENTS, old, {"spec": {"nodeName": "m"}, "status": {"attached": True}}, "status")
    assert errors == []
    assert obj["spec"]["nodeName"] == "n"
    assert obj["status"] == {"attached": True}


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (
            {"attachmentMetadata": {"a": "b" * 2**18}},
            "status.attachmentMetadata: Too long: may not be more than 262144 bytes",
        ),
        (
            {"attachError": {"message": "m" * 1025}},
            "status.attachError.message: Too long: may not be more than 262144 bytes",
        ),
        (
            {"detachError": {"errorCode": -1}},
            "status.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_status_of_an_attachment(status, wrong):
    old, _ = create(ATTACHMENTS, ATTACHMENT)
    assert update(ATTACHMENTS, old, {"status": status}, "status")[1] == [wrong]
