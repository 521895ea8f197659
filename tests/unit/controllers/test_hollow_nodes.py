"""Hollow nodes: what they tell the API."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.controllers.hollow_nodes import RENEW_SECONDS, HollowNodes
from kubegate.errors import StoreError


class Api:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.statuses: dict[str, Object] = {}
        self.broken = False

    def _note(self, what: str, name: str) -> None:
        if self.broken:
            raise StoreError("down")
        self.calls.append((what, name))

    def register(self, node: Object) -> None:
        self._note("register", node["metadata"]["name"])

    def patch_node_status(self, name: str, status: Object) -> None:
        self._note("status", name)
        self.statuses[name] = status

    def make_ready(self, name: str) -> None:
        self._note("ready", name)

    def renew_lease(self, name: str, spec: Object) -> None:
        self._note("lease", name)

    def patch_pod_status(self, node: str, pod: Object, status: Object) -> None:
        self._note("run", pod["metadata"]["name"])
        self.statuses[pod["metadata"]["name"]] = status

    def remove_pod(self, node: str, pod: Object) -> None:
        self._note("remove", pod["metadata"]["name"])


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def nodes(api: Api, clock: Clock) -> HollowNodes:
    return HollowNodes(2, api, clock)


def pod(name: str = "p", node: str = "hollow-1", *, going: bool = False, **spec: Any) -> Object:
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    if going:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": meta, "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}], **spec}, "status": {}}


def test_nodes_register_and_become_ready(api: Api, nodes: HollowNodes) -> None:
    nodes.register()
    for step in ("register", "status", "lease", "ready"):
        assert [name for what, name in api.calls if what == step] == ["hollow-0", "hollow-1"]
    ready = [part for part in api.statuses["hollow-0"]["conditions"] if part["type"] == "Ready"]
    assert [part["status"] for part in ready] == ["True"]
    assert api.statuses["hollow-0"]["allocatable"]["pods"] == "110"


def test_leases_are_renewed_in_time(api: Api, clock: Clock, nodes: HollowNodes) -> None:
    nodes.tick()
    api.calls.clear()
    nodes.tick()
    assert api.calls == []
    clock.now += RENEW_SECONDS
    nodes.tick()
    assert api.calls == [("lease", "hollow-0"), ("lease", "hollow-1")]


def test_pods_run(api: Api, nodes: HollowNodes) -> None:
    nodes.observe(pod(initContainers=[{"name": "first", "image": "i"}, {"name": "side", "restartPolicy": "Always"}]))
    status = api.statuses["p"]
    assert status["phase"] == "Running"
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert {part["type"]: part["status"] for part in status["conditions"]}["Ready"] == "True"
    assert [list(part["state"]) for part in status["initContainerStatuses"]] == [["terminated"], ["running"]]
    assert status["containerStatuses"][0]["ready"] is True


def test_pods_get_addresses_of_their_own(api: Api, nodes: HollowNodes) -> None:
    nodes.observe(pod("a"))
    nodes.observe(pod("b"))
    nodes.observe(pod("host", hostNetwork=True))
    assert api.statuses["a"]["podIP"] != api.statuses["b"]["podIP"]
    assert api.statuses["host"]["podIP"] == api.statuses["host"]["hostIP"]


def test_each_pod_is_run_once(api: Api, nodes: HollowNodes) -> None:
    nodes.observe(pod())
    nodes.observe(pod())
    nodes.observe({**pod("done"), "status": {"phase": "Succeeded"}})
    nodes.observe(pod("elsewhere", node="real"))
    nodes.observe(pod("nowhere", node=""))
    assert api.calls == [("run", "p")]


def test_deletion_is_honoured_once(api: Api, nodes: HollowNodes) -> None:
    nodes.observe(pod())
    nodes.observe(pod(going=True))
    nodes.observe(pod(going=True))
    nodes.observe(pod(going=True), deleted=True)
    assert api.calls == [("run", "p"), ("remove", "p")]


def test_a_refusal_does_not_end_them(api: Api, nodes: HollowNodes) -> None:
    api.broken = True
    nodes.register()
    nodes.observe(pod())
    assert api.calls == []
