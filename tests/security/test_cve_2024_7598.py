"""CVE-2024-7598: when a namespace was deleted its network policies could go before its pods, which then ran without them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes import client as official

from kubegate.testing.api_server import ApiServer
from kubegate.testing.api_server import api_server as start

POLICY = {"metadata": {"name": "closed"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
POD = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with start(
        tmp_path_factory.mktemp("namespaces"),
        {"controllers": ["namespace-controller", "clusterrole-aggregation-controller"]},
    ) as started:
        yield started


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def test_policies_stay_until_the_last_pod_is_gone(server: ApiServer) -> None:
    with server.client() as client:
        core, networking = official.CoreV1Api(client), official.NetworkingV1Api(client)

        def pods() -> list[Any]:
            return list(core.list_namespaced_pod("shop").items)

        def remaining() -> str:
            conditions = core.read_namespace("shop").status.conditions or ()
            return "".join(c.message for c in conditions if c.type == "NamespaceContentRemaining")

        core.create_namespace({"metadata": {"name": "shop"}})
        core.create_node({"metadata": {"name": "n"}})
        networking.create_namespaced_network_policy("shop", POLICY)
        core.create_namespaced_pod("shop", POD)
        core.delete_namespace("shop")
        eventually(lambda: "pods. has 1 resource instances" in remaining())
        assert "networkpolicies" not in remaining()
        assert [pod.metadata.deletion_timestamp is not None for pod in pods()] == [True]
        assert [
            policy.metadata.deletion_timestamp for policy in networking.list_namespaced_network_policy("shop").items
        ] == [None]
        core.delete_namespaced_pod("p", "shop", grace_period_seconds=0)
        eventually(lambda: not [n for n in core.list_namespace().items if n.metadata.name == "shop"])
        assert networking.list_namespaced_network_policy("shop").items == []
