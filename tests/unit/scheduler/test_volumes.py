"""Filters about volumes, and what is done for claims before a pod is bound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.scheduler.plugins.node_volume_limits import NodeVolumeLimits
from kubegate.scheduler.plugins.volume_binding import VolumeBinding
from kubegate.scheduler.plugins.volume_restrictions import VolumeRestrictions
from kubegate.scheduler.plugins.volume_zone import VolumeZone
from kubegate.scheduler.verdict import Rejection

ZONE = "topology.kubernetes.io/zone"
USES = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}
NO_VOLUME = ("node(s) didn't find available persistent volumes to bind",)


def claim(name: str = "c", *, bound_to: str = "", mode: str = "ReadWriteOnce", **more: Any) -> dict[str, Any]:
    annotations = {"pv.kubernetes.io/bind-completed": "yes"} if bound_to else {}
    spec = {"accessModes": [mode], "storageClassName": "wait", "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "annotations": annotations},
        "spec": {**spec, "volumeName": bound_to, **more},
        "status": {"phase": "Bound" if bound_to else "Pending"},
    }


def volume(
    name: str, *, on: str = "", size: str = "1Gi", labels: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    if on:
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [on]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    spec = {"storageClassName": "wait", "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], **spec}
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": spec, "status": {"phase": "Available"}}


def storage_class(name: str = "wait", *, provisioner: str = "kubernetes.io/no-provisioner", **more: Any) -> dict[str, Any]:
    mode = {"volumeBindingMode": "WaitForFirstConsumer"}
    return {"metadata": {"name": name}, "provisioner": provisioner, **mode, **more}


def world(make: SimpleNamespace, *claims: Any, volumes: Any = (), classes: Any = None, **more: Any) -> Any:
    return make.cluster(
        make.node("a"),
        make.node("b"),
        persistentvolumeclaims=list(claims),
        persistentvolumes=list(volumes),
        storageclasses_storage_k8s_io=[storage_class()] if classes is None else classes,
        **more,
    )


def test_bound_claims_lead_to_their_volume(make: SimpleNamespace) -> None:
    where = world(make, claim(bound_to="pv"), volumes=[volume("pv", on="b")])
    found = make.refusals(VolumeBinding(), make.info(**USES), where)
    assert found == {"a": ("node(s) didn't match PersistentVolume's node affinity",)}


def test_a_volume_that_is_gone(make: SimpleNamespace) -> None:
    text = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
    found = make.refusals(VolumeBinding(), make.info(**USES), world(make, claim(bound_to="pv")))
    assert found == {"a": (text,), "b": (text,)}


def test_a_node_is_refused_for_bound_and_waiting_claims(make: SimpleNamespace) -> None:
    wanted = make.info(volumes=[{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in ("c", "d")])
    bound = volume("pv", on="b", claimRef={"namespace": "default", "name": "c"})
    where = world(make, claim(bound_to="pv"), claim("d"), volumes=[bound])
    unreachable = ("node(s) didn't match PersistentVolume's node affinity",)
    assert make.refusals(VolumeBinding(), wanted, where) == {"a": unreachable + NO_VOLUME, "b": NO_VOLUME}


@pytest.mark.parametrize(
    ("volumes", "refused"),
    [
        ([], {"a", "b"}),
        ([volume("pv")], set()),
        ([volume("pv", on="a")], {"b"}),
        ([volume("pv", size="500Mi")], {"a", "b"}),
        ([volume("pv", storageClassName="other")], {"a", "b"}),
        ([volume("pv", accessModes=["ReadOnlyMany"])], {"a", "b"}),
        ([volume("pv", claimRef={"namespace": "default", "name": "other"})], {"a", "b"}),
        ([volume("pv", claimRef={"namespace": "default", "name": "c"})], set()),
        ([volume("pv", volumeMode="Block")], {"a", "b"}),
        ([volume("pv", volumeAttributesClassName="gold")], {"a", "b"}),
    ],
)
def test_waiting_claims_need_a_volume_within_reach(make: SimpleNamespace, volumes: list[Any], refused: set[str]) -> None:
    found = make.refusals(VolumeBinding(), make.info(**USES), world(make, claim(), volumes=volumes))
    assert found == dict.fromkeys(refused, NO_VOLUME)


def test_the_smallest_volume_is_taken(make: SimpleNamespace) -> None:
    where = world(make, claim(), volumes=[volume("big", size="5Gi"), volume("small", size="2Gi")])
    found = VolumeBinding().find(make.info(**USES), where.nodes["a"], where)
    assert [(c["metadata"]["name"], v["metadata"]["name"]) for c, v in found.bindings] == [("c", "small")]


def test_claims_are_provisioned_where_the_class_allows_it(make: SimpleNamespace) -> None:
    topology = [{"matchLabelExpressions": [{"key": "kubernetes.io/hostname", "values": ["a"]}]}]
    where = world(make, claim(), classes=[storage_class(provisioner="csi.example.com", allowedTopologies=topology)])
    assert make.refusals(VolumeBinding(), make.info(**USES), where) == {"b": NO_VOLUME}
    found = VolumeBinding().find(make.info(**USES), where.nodes["a"], where)
    assert [c["metadata"]["name"] for c in found.provisions] == ["c"]


@pytest.mark.parametrize(("capacity", "refused"), [("2Gi", set()), ("500Mi", {"a", "b"})])
def test_drivers_that_tell_their_capacity_are_believed(make: SimpleNamespace, capacity: str, refused: set[str]) -> None:
    where = world(
        make,
        claim(),
        classes=[storage_class(provisioner="csi.example.com")],
        csidrivers_storage_k8s_io=[{"metadata": {"name": "csi.example.com"}, "spec": {"storageCapacity": True}}],
        csistoragecapacities_storage_k8s_io=[
            {
                "metadata": {"name": "x", "namespace": "ns"},
                "storageClassName": "wait",
                "capacity": capacity,
                "nodeTopology": {},
            }
        ],
    )
    found = make.refusals(VolumeBinding(), make.info(**USES), where)
    assert found == dict.fromkeys(refused, ("node(s) did not have enough free storage",))


@pytest.mark.parametrize(
    ("claims", "classes", "message"),
    [
        ([], None, 'persistentvolumeclaim "c" not found'),
        ([claim()], [], "pod has unbound immediate PersistentVolumeClaims"),
        ([claim(volumeName="pv")], None, "pod has unbound immediate PersistentVolumeClaims"),
        (
            [{**claim(bound_to="pv"), "status": {"phase": "Lost"}}],
            None,
            'persistentvolumeclaim "c" bound to non-existent persistentvolume "pv"',
        ),
    ],
)
def test_what_refuses_a_pod_everywhere(make: SimpleNamespace, claims: list[Any], classes: Any, message: str) -> None:
    found = VolumeBinding().prepare(make.info(**USES), world(make, *claims, classes=classes))
    assert isinstance(found, Rejection)
    assert (found.message, found.resolvable) == (message, False)


def test_ephemeral_volumes_wait_for_their_own_claim(make: SimpleNamespace) -> None:
    wanted = make.info(volumes=[{"name": "v", "ephemeral": {}}])
    found = VolumeBinding().prepare(wanted, world(make))
    assert isinstance(found, Rejection)
    assert found.message == 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"'
    found = VolumeBinding().prepare(wanted, world(make, claim("p-v")))
    assert isinstance(found, Rejection)
    assert "was not created for pod" in found.message


@pytest.mark.parametrize("plugin", [VolumeRestrictions(), VolumeZone()])
def test_ephemeral_volumes_are_left_to_the_binding(make: SimpleNamespace, plugin: Any) -> None:
    assert plugin.prepare(make.info(volumes=[{"name": "v", "ephemeral": {}}]), world(make)) is None


def test_pods_without_claims_are_none_of_its_business(make: SimpleNamespace) -> None:
    assert VolumeBinding().prepare(make.info(volumes=[{"name": "v", "emptyDir": {}}]), world(make)) is None


@pytest.mark.parametrize(("label", "refused"), [("1", ["b"]), ("1__2", []), ("3", ["a", "b"])])
def test_zones_of_volumes(make: SimpleNamespace, label: str, refused: list[str]) -> None:
    where = make.cluster(
        make.node("a", labels={ZONE: "1"}),
        make.node("b", labels={ZONE: "2"}),
        make.node("unlabelled"),
        persistentvolumeclaims=[claim(bound_to="pv")],
        persistentvolumes=[volume("pv", labels={ZONE: label})],
    )
    assert list(make.refusals(VolumeZone(), make.info(**USES), where)) == refused


def test_a_zone_without_a_name_is_no_zone(make: SimpleNamespace) -> None:
    where = world(make, claim(bound_to="pv"), volumes=[volume("pv", labels={ZONE: "3__"})])
    assert VolumeZone().prepare(make.info(**USES), where) is None


def test_disks_that_cannot_be_mounted_twice(make: SimpleNamespace) -> None:
    def disk(**more: Any) -> dict[str, Any]:
        return {"volumes": [{"name": "v", "gcePersistentDisk": {"pdName": "d", **more}}]}

    where = make.cluster(make.node("a"), make.node("b"), pods={"a": [make.pod("x", **disk(readOnly=True))]})
    assert make.refusals(VolumeRestrictions(), make.info(**disk()), where) == {"a": ("node(s) had no available disk",)}
    assert make.refusals(VolumeRestrictions(), make.info(**disk(readOnly=True)), where) == {}


def test_exclusive_claims_are_held_by_one_pod(make: SimpleNamespace) -> None:
    where = world(make, claim(mode="ReadWriteOncePod"))
    wanted = make.info(**USES)
    assert make.refusals(VolumeRestrictions(), wanted, where) == {}
    holder = make.pod("holder", **USES)
    holder["spec"]["nodeName"] = "a"
    where.put_pod(type(wanted)(holder), "a")
    text = ("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",)
    assert make.refusals(VolumeRestrictions(), wanted, where) == {"a": text, "b": text}
    prepared = VolumeRestrictions().prepare(wanted, where)
    node = where.nodes["a"].copy()
    node.remove(where.pods["uid-holder"])
    prepared.removed(where.pods["uid-holder"], node)
    assert prepared.check(node) is None


def test_attachable_volumes_are_limited(make: SimpleNamespace) -> None:
    def csi(name: str) -> dict[str, Any]:
        return volume(name, csi={"driver": "d", "volumeHandle": name})

    limit = {"metadata": {"name": "a"}, "spec": {"drivers": [{"name": "d", "allocatable": {"count": 1}}]}}
    where = make.cluster(
        make.node("a"),
        make.node("b"),
        persistentvolumeclaims=[claim("c", bound_to="one"), claim("d", bound_to="two")],
        persistentvolumes=[csi("one"), csi("two")],
        csinodes_storage_k8s_io=[limit],
        pods={"a": [make.pod("x", **USES)]},
    )
    other = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "d"}}]}
    assert make.refusals(NodeVolumeLimits(), make.info(**other), where) == {"a": ("node(s) exceed max volume count",)}
    assert make.refusals(NodeVolumeLimits(), make.info(**USES), where) == {}
    inline = {"volumes": [{"name": "v", "csi": {"driver": "d"}}]}
    assert make.refusals(NodeVolumeLimits(), make.info(**inline), where) is None
