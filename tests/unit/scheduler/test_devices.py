"""Claims of devices: what is waited for in silence, what is told, and what the helper for devices says."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.scheduler.plugins.dynamic_resources import DynamicResources
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.scheduler import Scheduler
from kubegate.scheduler.verdict import Rejection

CLAIMS, CLASSES = "resourceclaims.resource.k8s.io", "deviceclasses.resource.k8s.io"
NAMED = {"resourceClaims": [{"name": "gpu", "resourceClaimName": "mine"}]}
MADE = {"resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "template"}]}
NOT_HELPFUL = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."


def claim(name: str = "mine", *, status: Any = None, **meta: Any) -> Object:
    request = {"name": "r", "exactly": {"deviceClassName": "gpu"}}
    return {
        "metadata": {"name": name, "namespace": "default", **meta},
        "spec": {"devices": {"requests": [request]}},
        "status": status or {},
    }


class World:
    """A scheduler of one node whose API only remembers."""

    def __init__(self, make: SimpleNamespace) -> None:
        self.notes: list[str] = []
        self.bound: list[str] = []
        now = datetime(2026, 1, 1, tzinfo=UTC)
        api: Any = SimpleNamespace(
            bind=lambda pod, node: self.bound.append(pod.name),
            patch_status=lambda pod, patch: None,
            create_event=lambda event: self.notes.append(event["note"]),
        )
        self.time = 0.0
        self.scheduler = Scheduler(api, lambda: self.time, now=lambda: now)
        self.scheduler.observe("nodes", make.node("n"))

    def tell(self, resource: str, obj: Object) -> None:
        self.scheduler.observe(resource, obj)
        while self.scheduler.step():
            pass


@pytest.fixture
def world(make: SimpleNamespace) -> World:
    return World(make)


def test_nothing_is_told_of_a_pod_whose_claim_is_not_there(make: SimpleNamespace, world: World) -> None:
    world.tell("pods", make.pod(**NAMED))
    assert (world.notes, world.bound) == ([], [])
    world.tell(CLAIMS, claim(status={"allocation": {}}))
    assert world.bound == ["p"]


def test_a_claim_made_for_a_pod_is_named_in_its_status(make: SimpleNamespace, world: World) -> None:
    world.tell("pods", make.pod(**MADE))
    owner = {"controller": True, "uid": "uid-p"}
    world.tell(CLAIMS, claim("made", status={"allocation": {}}, ownerReferences=[owner]))
    assert (world.notes, world.bound) == ([], [])
    world.tell("pods", make.pod(**MADE, status={"resourceClaimStatuses": [{"name": "gpu", "resourceClaimName": "made"}]}))
    assert world.bound == ["p"]


def test_a_class_that_is_missing_is_told(make: SimpleNamespace, world: World) -> None:
    world.tell(CLAIMS, claim())
    world.tell("pods", make.pod(**NAMED))
    why = "request r: device class gpu does not exist. no new claims to deallocate"
    assert world.notes == [f"0/1 nodes are available: {why}, {NOT_HELPFUL}"]


def test_claims_that_are_not_allocated(make: SimpleNamespace, world: World) -> None:
    world.tell(CLASSES, {"metadata": {"name": "gpu"}})
    world.tell(CLAIMS, claim())
    world.tell("pods", make.pod(**NAMED))
    why = "1 cannot allocate all claims. still not schedulable"
    assert world.notes == [f"0/1 nodes are available: {why}, {NOT_HELPFUL}"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([], 'resourceclaim.resource.k8s.io "mine" not found'),
        ([claim(deletionTimestamp="2026-01-01T00:00:00Z")], 'resourceclaim "mine" is being deleted'),
        ([claim(status={"allocation": {}, "reservedFor": [{"uid": str(n)} for n in range(256)]})], "resourceclaim in use"),
    ],
)
def test_claims_that_cannot_be_used(make: SimpleNamespace, found: list[Object], message: str) -> None:
    refusal = DynamicResources().prepare(make.info(**NAMED), make.cluster(resourceclaims_resource_k8s_io=found))
    assert isinstance(refusal, Rejection)
    assert (refusal.message, refusal.resolvable) == (message, False)


def test_a_claim_of_another_pod(make: SimpleNamespace) -> None:
    pod = PodInfo(make.pod(**MADE, status={"resourceClaimStatuses": [{"name": "gpu", "resourceClaimName": "mine"}]}))
    refusal = DynamicResources().prepare(pod, make.cluster(resourceclaims_resource_k8s_io=[claim()]))
    assert isinstance(refusal, Rejection)
    assert refusal.message == "ResourceClaim default/mine was not created for pod default/p (pod is not owner)"
