"""Slices of devices: where they are, what they have."""

import pytest
from messages import IMMUTABLE, LABEL, SUBDOMAIN, bad
from support import create, merged, update

WHERE = "resource.k8s.io/v1/resourceslices"
GOOD = {"spec": {"driver": "d.io", "nodeName": "n", "pool": {"name": "p", "resourceSliceCount": 1}}}
ONE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"


def device(**values):
    return {"devices": [{"name": "d", **values}]}


D = "spec.devices[0]"


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"pool": {"name": "a.b/c"}}, []),
        ({"pool": {"name": ""}}, ["spec.pool.name: Required value"]),
        ({"pool": {"name": "a/B"}}, [bad("spec.pool.name", "B", SUBDOMAIN)]),
        ({"pool": {"resourceSliceCount": 0}}, ["spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero"]),
        ({"pool": {"generation": -1}}, ["spec.pool.generation: Invalid value: -1: must be greater than or equal to zero"]),
        ({"nodeName": None}, [f"spec: Required value: {ONE}"]),
        ({"allNodes": True}, [bad("spec", "{`nodeName`, `allNodes`}", f"{ONE}, but multiple fields are set")]),
        ({"allNodes": False}, ["spec.allNodes: Invalid value: false: must be either unset or set to true"]),
        (
            {"nodeName": "", "allNodes": True},
            [bad("spec.nodeName", "", "must be either unset or set to a non-empty string")],
        ),
        (device(), []),
        (device(name="D"), [bad(f"{D}.name", "D", LABEL)]),
        ({"devices": [{"name": "d"}, {"name": "d"}]}, ['spec.devices[1]: Duplicate value: "d"']),
        (device(attributes={"a": {"string": "x"}, "d.io/b": {"version": "1.2.3"}}), []),
        (
            device(attributes={"a": {"version": "1.2"}}),
            [bad(f"{D}.attributes[a].version", "1.2", "must be a string compatible with semver.org spec 2.0.0")],
        ),
        (
            device(attributes={"a": {"string": "x" * 65}}),
            [f"{D}.attributes[a].string: Too long: may not be more than 64 bytes"],
        ),
        (device(attributes={"a": {}}), [bad(f"{D}.attributes[a]", "", "exactly one value must be specified")]),
        (
            device(allNodes=True),
            [
                f"{D}: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if "
                "`perDeviceNodeSelection` is set to true in the ResourceSlice spec"
            ],
        ),
        (
            {"nodeName": None, "perDeviceNodeSelection": True, **device(allNodes=True)},
            [],
        ),
        (device(taints=[{"key": "a", "effect": "NoSchedule"}]), []),
        (device(taints=[{}]), [f"{D}.taints[0].key: Required value", f"{D}.taints[0].effect: Required value"]),
    ],
    ids=lambda value: str(value)[:80],
)
def test_slices(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


def test_a_device_alone_names_its_node():
    spec = {"nodeName": None, "perDeviceNodeSelection": True, **device(nodeName="")}
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1][0] == bad(f"{D}.nodeName", "", "must not be empty")


def test_taints_get_the_time_at_which_they_came():
    obj, _ = create(WHERE, merged(GOOD, {"spec": device(taints=[{"key": "a", "effect": "NoSchedule"}])}))
    assert obj["spec"]["devices"][0]["taints"][0]["timeAdded"] == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"driver": "e.io"}, bad("spec.driver", "e.io", IMMUTABLE)),
        ({"nodeName": "m"}, bad("spec.nodeName", "m", IMMUTABLE)),
        ({"pool": {"name": "q"}}, bad("spec.pool.name", "q", IMMUTABLE)),
    ],
    ids=str,
)
def test_where_devices_are_never_changes(change, wrong):
    old, _ = create(WHERE, GOOD)
    assert update(WHERE, old, {"spec": change})[1] == [wrong]
