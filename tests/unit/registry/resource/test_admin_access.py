"""Who may reach devices that are in use: claims of namespaces that say so."""

from __future__ import annotations

import pytest
from support import create, update

CLAIMS, TEMPLATES = "resource.k8s.io/v1/resourceclaims", "resource.k8s.io/v1/resourceclaimtemplates"
NEEDED = "admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace"
DEVICES = {
    "requests": [
        {"name": "r", "exactly": {"deviceClassName": "c.io"}},
        {"name": "s", "exactly": {"deviceClassName": "c.io", "adminAccess": True}},
    ]
}
RESULT = {"request": "s", "driver": "d.io", "pool": "p", "device": "d"}


class Cluster:
    def __init__(self, label=None):
        labels = {} if label is None else {"resource.kubernetes.io/admin-access": label}
        self.namespaces = {"a": {"metadata": {"name": "a", "labels": labels}}}

    def get(self, resource, namespace, name):
        return self.namespaces.get(name)


@pytest.mark.parametrize(("label", "wrong"), [("true", False), ("True", True), ("false", True), (None, True)])
@pytest.mark.parametrize(("where", "spec"), [(CLAIMS, {"devices": DEVICES}), (TEMPLATES, {"spec": {"devices": DEVICES}})])
def test_a_request_needs_the_label(where, spec, label, wrong):
    expected = [f"spec.devices.requests[1].adminAccess: Forbidden: {NEEDED}"] if wrong else []
    assert create(where, {"spec": spec}, cluster=Cluster(label))[1] == expected


def test_a_namespace_that_is_not_there():
    cluster = Cluster()
    cluster.namespaces.clear()
    assert create(CLAIMS, {"spec": {"devices": DEVICES}}, cluster=cluster)[1] == [
        "spec.devices.requests[1].adminAccess: Internal error: could not retrieve namespace to verify admin access: "
        'namespaces "a" not found'
    ]


def test_an_allocation_needs_the_label_unless_it_was_there_before():
    claim, _ = create(CLAIMS, {"spec": {"devices": DEVICES}})
    status = {"allocation": {"devices": {"results": [{**RESULT, "adminAccess": True}]}}}
    assert update(CLAIMS, claim, {"status": status}, "status", cluster=Cluster())[1] == [
        f"status.allocation.devices.results[0].adminAccess: Forbidden: {NEEDED}"
    ]
    assert update(CLAIMS, claim, {"status": status}, "status", cluster=Cluster("true"))[1] == []
    claim["status"] = status
    assert update(CLAIMS, claim, {"metadata": {"labels": {"a": "b"}}}, "status", cluster=Cluster())[1] == []
