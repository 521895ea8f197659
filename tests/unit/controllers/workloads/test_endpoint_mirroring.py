"""Endpoints that somebody wrote by hand appear as slices."""

from __future__ import annotations

MIRRORING = "endpointslice-mirroring-controller"
SLICES = "endpointslices.discovery.k8s.io"


def make(world, *addresses: str, **metadata: object) -> None:
    world.create("services", "ext", {"ports": [{"port": 80}]}, "Service")
    subsets = [{"addresses": [{"ip": address} for address in addresses], "ports": [{"name": "http", "port": 80}]}]
    meta = {"name": "ext", **metadata}
    world.admin.create(world.path("endpoints"), {"metadata": meta, "subsets": subsets})
    world.settle(MIRRORING)


def test_each_family_has_a_slice(world) -> None:
    make(world, "10.1.2.3", "2001:db8::1")
    found = {s["addressType"]: [e["addresses"] for e in s["endpoints"]] for s in world.list(SLICES)}
    assert found == {"IPv4": [["10.1.2.3"]], "IPv6": [["2001:db8::1"]]}
    (first, _) = world.list(SLICES)
    assert first["ports"] == [{"name": "http", "port": 80, "protocol": "TCP"}]
    assert (
        first["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    )


def test_changes_follow(world) -> None:
    make(world, "10.1.2.3")
    (before,) = world.list(SLICES)
    patch = {"subsets": [{"addresses": [{"ip": "10.1.2.4"}], "ports": [{"name": "http", "port": 80}]}]}
    world.admin.patch(world.path("endpoints", "ext"), patch, "application/merge-patch+json")
    world.settle(MIRRORING)
    (after,) = world.list(SLICES)
    assert after["metadata"]["name"] == before["metadata"]["name"]
    assert after["endpoints"][0]["addresses"] == ["10.1.2.4"]
    world.admin.patch(world.path("endpoints", "ext"), {"subsets": None}, "application/merge-patch+json")
    world.settle(MIRRORING)
    assert world.list(SLICES) == []


def test_what_is_not_to_be_mirrored_is_not(world) -> None:
    make(world, "10.1.2.3", labels={"endpointslice.kubernetes.io/skip-mirror": "true"})
    assert world.list(SLICES) == []


def test_services_with_a_selector_have_slices_of_their_own(world) -> None:
    make(world, "10.1.2.3")
    world.admin.patch(world.path("services", "ext"), {"spec": {"selector": {"a": "b"}}})
    world.settle(MIRRORING)
    assert world.list(SLICES) == []
