"""Which parts of a claim's status its writer may change."""

from __future__ import annotations

import pytest
from support import context

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.registry.resource.permissions import check_status

API = "resource.k8s.io"
NODE = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}
HERE = {"nodeSelector": NODE}
DEVICE = {"driver": "d.io", "pool": "p", "device": "one"}
ROBOT = User("system:serviceaccount:a:robot", extra=(("authentication.kubernetes.io/node-name", ("n1",)),))


def may(user, *rules, namespace=""):
    """Roles and bindings of a user."""
    scope, kind = ({"namespace": namespace}, "Role") if namespace else ({}, "ClusterRole")
    meta = {"name": "r", **scope}
    yield {"kind": kind, "metadata": meta, "rules": [{"apiGroups": [API], **rule} for rule in rules]}
    subjects = [{"kind": "User", "name": user.name}]
    yield {"kind": f"{kind}Binding", "metadata": meta, "subjects": subjects, "roleRef": {"kind": kind, "name": "r"}}


def rule(verb, subresource, *names):
    return {"verbs": [verb], "resources": [f"resourceclaims/{subresource}"], "resourceNames": list(names)}


def complaints(user, policy, status, before=None, verb="update", gates=None):
    request = Attributes(user, verb, True, API, "v1", "resourceclaims", "status", "a", "c")
    known = context(user=user, authorizer=RbacAuthorizer(policy), request=request, gates=gates or {})
    return [str(error) for error in check_status({"status": status}, {"status": before or {}}, known)]


JANE = User("jane")


@pytest.mark.parametrize("status", [{"allocation": HERE}, {"reservedFor": [{"resource": "pods", "name": "p", "uid": "u"}]}])
def test_the_allocation_and_its_users_need_binding_in_all_namespaces(status):
    refused = [
        'status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", '
        'verb="patch" permission: resourceclaims.resource.k8s.io is forbidden: User "jane" cannot patch resource '
        '"resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope'
    ]
    assert complaints(JANE, [], status, verb="patch") == refused
    assert complaints(JANE, may(JANE, rule("patch", "binding"), namespace="a"), status, verb="patch") == refused
    assert complaints(JANE, may(JANE, rule("patch", "binding")), status, verb="patch") == []
    assert complaints(JANE, may(JANE, rule("patch", "binding")), {}, status, verb="patch") == []
    assert complaints(JANE, [], status, status) == []
    assert complaints(JANE, [], {**status, "devices": []}, status) == []


@pytest.mark.parametrize(
    ("status", "before", "drivers"),
    [
        ({"devices": [DEVICE]}, {}, ["d.io"]),
        ({}, {"devices": [DEVICE]}, ["d.io"]),
        ({"devices": [DEVICE]}, {"devices": [DEVICE]}, []),
        ({"devices": [{**DEVICE, "data": {"x": 1}}]}, {"devices": [DEVICE]}, ["d.io"]),
        ({"devices": [DEVICE, {**DEVICE, "driver": "a.io"}]}, {}, ["a.io", "d.io"]),
        ({"devices": [DEVICE, {**DEVICE, "shareID": "s"}]}, {"devices": [DEVICE]}, ["d.io"]),
    ],
)
def test_reports_need_the_right_to_each_driver_whose_devices_change(status, before, drivers):
    found = complaints(JANE, [], status, before)
    assert found == [
        'status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", '
        f'verb="[arbitrary-node:update]" permission: resourceclaims.resource.k8s.io "{driver}" is forbidden: User "jane" '
        'cannot arbitrary-node:update resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "a"'
        for driver in drivers
    ]
    policy = list(may(JANE, rule("arbitrary-node:update", "driver", *drivers), namespace="a"))
    assert complaints(JANE, policy, status, before) == []


@pytest.mark.parametrize("verb", ["associated-node:update", "arbitrary-node:update"])
def test_a_service_account_on_the_node_of_the_allocation_needs_less(verb):
    status, before = {"allocation": HERE, "devices": [DEVICE]}, {"allocation": HERE}
    policy = list(may(ROBOT, rule(verb, "driver", "d.io")))
    assert complaints(ROBOT, policy, status, before) == []
    (refused,) = complaints(ROBOT, [], status, before)
    assert 'verb="[associated-node:update arbitrary-node:update]"' in refused
    assert "cannot associated-node:update resource" in refused


@pytest.mark.parametrize(
    ("user", "terms"),
    [
        (User(ROBOT.name), NODE["nodeSelectorTerms"]),
        (User("system:node:n1", extra=ROBOT.extra), NODE["nodeSelectorTerms"]),
        (ROBOT, NODE["nodeSelectorTerms"] * 2),
        (ROBOT, [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1", "n2"]}]}]),
        (ROBOT, [{"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["n1"]}]}]),
        (ROBOT, [{**NODE["nodeSelectorTerms"][0], "matchExpressions": [{"key": "a", "operator": "Exists"}]}]),
        (ROBOT, []),
    ],
)
def test_everybody_else_is_anywhere(user, terms):
    allocation = {"nodeSelector": {"nodeSelectorTerms": terms}}
    policy = list(may(user, rule("associated-node:update", "driver", "d.io")))
    assert complaints(user, policy, {"allocation": allocation, "devices": [DEVICE]}, {"allocation": allocation})


def test_the_gate_and_calls_of_the_server_itself():
    gates = {"DRAResourceClaimGranularStatusAuthorization": False}
    assert complaints(JANE, [], {"devices": [DEVICE]}, gates=gates) == []
    assert check_status({"status": {"devices": [DEVICE]}}, {}, context(authorizer=RbacAuthorizer([]))) == []
