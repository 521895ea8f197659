"""Claims and volumes find each other, and stay while they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kubegate.api.names import Object

BINDER = "persistentvolume-binder-controller"
PROTECTION = ("persistentvolumeclaim-protection-controller", "persistentvolume-protection-controller")
VOLUMES = "/api/v1/persistentvolumes"


@pytest.fixture
def volume(world) -> Iterator[Callable[..., str]]:
    """Makes volumes, which are of no namespace, and takes them away at the end."""
    made: list[str] = []

    def make(size: str, modes: tuple[str, ...] = ("ReadWriteOnce",), **spec: object) -> str:
        name = f"{world.namespace}-v{len(made)}"
        whole = {"capacity": {"storage": size}, "accessModes": list(modes), "hostPath": {"path": "/x"}, **spec}
        world.admin.create(VOLUMES, {"metadata": {"name": name}, "spec": {"storageClassName": world.namespace, **whole}})
        made.append(name)
        world.settle(BINDER)
        return name

    yield make
    for name in made:
        world.admin.delete(f"{VOLUMES}/{name}")
        patch = {"metadata": {"finalizers": None}}
        if world.admin.get(f"{VOLUMES}/{name}") is not None:
            world.admin.patch(f"{VOLUMES}/{name}", patch, "application/merge-patch+json")


def claim(world, size: str = "1Gi", **spec: object) -> None:
    resources = {"requests": {"storage": size}}
    whole = {"accessModes": ["ReadWriteOnce"], "resources": resources, "storageClassName": world.namespace, **spec}
    world.create("persistentvolumeclaims", "data", whole, "PersistentVolumeClaim")
    world.settle(BINDER)


def phase_of(world, name: str) -> str:
    return (world.admin.get(f"{VOLUMES}/{name}") or {})["status"]["phase"]


def reasons(world) -> set[str]:
    return {reason for reason, _ in world.events("data")}


def test_a_claim_gets_the_smallest_volume_that_does(world, volume: Callable[..., str]) -> None:
    volume("500Mi")
    large, right = volume("5Gi"), volume("2Gi")
    assert phase_of(world, right) == "Available"
    claim(world)
    found = world.get("persistentvolumeclaims", "data")
    assert found["spec"]["volumeName"] == right
    assert found["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}}
    assert found["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] == "yes"
    assert (phase_of(world, right), phase_of(world, large)) == ("Bound", "Available")
    reference = (world.admin.get(f"{VOLUMES}/{right}") or {})["spec"]["claimRef"]
    assert (reference["name"], reference["uid"]) == ("data", found["metadata"]["uid"])


@pytest.mark.parametrize(
    "misfit",
    [{"storageClassName": "other"}, {"modes": ("ReadOnlyMany",)}, {"volumeMode": "Block"}, {"size": "1Mi"}],
)
def test_a_volume_that_does_not_fit_is_left_alone(world, volume: Callable[..., str], misfit: Object) -> None:
    options = {"size": "1Gi", **misfit}
    name = volume(options.pop("size"), **options)
    claim(world)
    assert phase_of(world, name) == "Available"
    assert world.status("persistentvolumeclaims", "data")["phase"] == "Pending"
    assert "ProvisioningFailed" in reasons(world)  # there is no such class


def test_without_class_and_volume_a_claim_waits(world) -> None:
    claim(world, storageClassName="")
    assert ("FailedBinding", "no persistent volumes available for this claim and no storage class is set") in world.events(
        "data"
    )


@pytest.mark.parametrize(
    ("mode", "reason"), [("Immediate", "ExternalProvisioning"), ("WaitForFirstConsumer", "WaitForFirstConsumer")]
)
def test_a_class_asks_its_provisioner(world, mode: str, reason: str) -> None:
    body = {"metadata": {"name": world.namespace}, "provisioner": "example.com/p", "volumeBindingMode": mode}
    world.admin.create("/apis/storage.k8s.io/v1/storageclasses", body)
    claim(world)
    assert reasons(world) == {reason}
    notes = world.get("persistentvolumeclaims", "data")["metadata"].get("annotations") or {}
    assert ("volume.kubernetes.io/storage-provisioner" in notes) == (mode == "Immediate")


def test_a_volume_is_released_when_its_claim_is_gone(world, volume: Callable[..., str]) -> None:
    name = volume("1Gi")
    claim(world)
    world.admin.delete(world.path("persistentvolumeclaims", "data"))
    world.settle(BINDER, *PROTECTION)
    assert world.admin.get(world.path("persistentvolumeclaims", "data")) is None
    assert phase_of(world, name) == "Released"


def test_a_claim_that_a_bound_pod_uses_stays(world, template: Callable[..., Object]) -> None:
    claim(world)
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    spec = {"containers": [{"name": "c", "image": "i"}], "volumes": volumes, "nodeName": "somewhere"}
    world.create("pods", "p", spec, "Pod")
    world.admin.delete(world.path("persistentvolumeclaims", "data"))
    world.settle(*PROTECTION)
    assert world.get("persistentvolumeclaims", "data")["metadata"]["deletionTimestamp"]
    world.admin.delete(world.path("pods", "p"), grace=0)
    world.settle(*PROTECTION)
    assert world.admin.get(world.path("persistentvolumeclaims", "data")) is None


def test_a_bound_volume_stays(world, volume: Callable[..., str]) -> None:
    name = volume("1Gi")
    claim(world)
    world.admin.delete(f"{VOLUMES}/{name}")
    world.settle(*PROTECTION)
    assert world.admin.get(f"{VOLUMES}/{name}") is not None


def test_a_claim_that_lost_its_volume_says_so(world, volume: Callable[..., str]) -> None:
    name = volume("1Gi")
    claim(world)
    world.admin.delete(f"{VOLUMES}/{name}")
    world.admin.patch(f"{VOLUMES}/{name}", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    world.settle(BINDER)
    assert world.status("persistentvolumeclaims", "data")["phase"] == "Lost"
    assert "ClaimLost" in reasons(world)


def with_ephemeral(world, template: Callable[..., Object]) -> Object:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    source = {"volumeClaimTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": asked}}
    spec = {**template()["spec"], "volumes": [{"name": "scratch", "ephemeral": source}]}
    return world.create("pods", "p", spec, "Pod")


def test_a_pod_gets_the_claims_of_its_ephemeral_volumes(world, template: Callable[..., Object]) -> None:
    pod = with_ephemeral(world, template)
    world.settle("ephemeral-volume-controller")
    claim = world.get("persistentvolumeclaims", "p-scratch")
    assert claim["metadata"]["labels"] == {"a": "b"}
    assert claim["spec"]["resources"] == {"requests": {"storage": "1Gi"}}
    (owner,) = claim["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("Pod", pod["metadata"]["uid"], True)


def test_the_claim_of_somebody_else_is_left_alone(world, template: Callable[..., Object]) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    before = world.create("persistentvolumeclaims", "p-scratch", spec, "PersistentVolumeClaim")
    with_ephemeral(world, template)
    world.settle("ephemeral-volume-controller")
    assert world.get("persistentvolumeclaims", "p-scratch")["metadata"] == before["metadata"]
    ((reason, message),) = world.events("p")
    assert reason == "FailedBinding"
    names = f"{world.namespace}/p-scratch was not created for pod {world.namespace}/p"
    assert message == f"ephemeral volume scratch: PVC {names} (pod is not owner)"
    assert world.again is not None


def test_a_class_of_attributes_stays_while_a_claim_wants_it(world) -> None:
    path = f"/apis/storage.k8s.io/v1/volumeattributesclasses/{world.namespace}"
    attributes = {"driverName": "d.example.com", "parameters": {"iops": "1"}}
    world.admin.create(path.rpartition("/")[0], {"metadata": {"name": world.namespace}, **attributes})
    claim(world, volumeAttributesClassName=world.namespace)
    controller = "volumeattributesclass-protection-controller"
    world.settle(controller)
    world.admin.delete(path)
    world.settle(controller)
    assert world.admin.get(path)["metadata"]["finalizers"] == ["kubernetes.io/vac-protection"]
    world.admin.delete(world.path("persistentvolumeclaims", "data"))
    if world.admin.get(world.path("persistentvolumeclaims", "data")) is not None:
        patch = {"metadata": {"finalizers": None}}
        world.admin.patch(world.path("persistentvolumeclaims", "data"), patch, "application/merge-patch+json")
    world.settle(controller)
    assert world.admin.get(path) is None
