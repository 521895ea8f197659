"""Scheduler and hollow nodes in a running application: a pod is created, gets a node, runs, and goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.api.user import MASTERS
from kubegate.compose.application import Application, build_application
from kubegate.compose.background import Background
from kubegate.compose.hollow_nodes import HollowNodesThread
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.scheduler import USER, SchedulerThread
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder: Path = tmp_path_factory.mktemp("data")
    serving = ServingOptions(bind_address="127.0.0.1")
    storage = StorageOptions(storage="memory", data_dir=str(folder))
    options, _ = with_own_keys(Options(serving, storage, AuthnOptions(), AuthzOptions(), AdmissionOptions()))
    made = build_application(options)
    client = partial(InternalClient, lambda: made.pipeline)
    parts = [SchedulerThread(made.store, client(USER)), HollowNodesThread(2, made.store, client)]
    background = Background(parts)
    background.start()
    yield made
    background.stop()
    made.close()


@pytest.fixture(scope="module")
def admin(application: Application) -> InternalClient:
    client = InternalClient(lambda: application.pipeline, "admin", MASTERS)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
    client.create("/api/v1/namespaces/default/serviceaccounts", account)

    def taints() -> list[object]:
        return [node["spec"].get("taints") for node in (client.get("/api/v1/nodes") or {})["items"]]

    eventually(lambda: taints() == [None, None])  # both nodes take pods
    return client


def eventually(look: Callable[[], object]) -> None:
    """Wait until ``look`` is true; fails after a minute."""
    end = time.monotonic() + 60
    while not look():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def pod(name: str, **spec: object) -> Object:
    containers = [{"name": "c", "image": "i"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


def status(admin: InternalClient, name: str) -> Object:
    return ((admin.get(f"{PODS}/{name}") or {}).get("status")) or {}


def condition(admin: InternalClient, name: str) -> Object:
    found = {part["type"]: part for part in status(admin, name).get("conditions") or ()}
    return found.get("PodScheduled") or {}


def test_a_pod_runs_and_goes(admin: InternalClient) -> None:
    admin.create(PODS, pod("web"))
    eventually(lambda: status(admin, "web").get("phase") == "Running")
    assert (admin.get(f"{PODS}/web") or {})["spec"]["nodeName"] in ("hollow-0", "hollow-1")
    admin.delete(f"{PODS}/web")
    eventually(lambda: admin.get(f"{PODS}/web") is None)


def test_a_pod_that_fits_nowhere_is_told_so_and_waits(admin: InternalClient) -> None:
    admin.create(PODS, pod("picky", nodeSelector={"disk": "ssd"}))
    eventually(lambda: condition(admin, "picky").get("reason") == "Unschedulable")
    message = condition(admin, "picky")["message"]
    assert message.startswith("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")
    eventually(lambda: message in notes(admin))
    admin.patch("/api/v1/nodes/hollow-1", {"metadata": {"labels": {"disk": "ssd"}}})
    eventually(lambda: condition(admin, "picky").get("status") == "True")


def notes(admin: InternalClient) -> set[str]:
    found = admin.get("/apis/events.k8s.io/v1/namespaces/default/events") or {}
    return {event.get("note") or "" for event in found["items"]}


def test_hollow_nodes_renew_their_leases(admin: InternalClient) -> None:
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    eventually(partial(admin.get, f"{path}/hollow-1"))
    lease = admin.get(f"{path}/hollow-1") or {}
    assert lease["spec"]["holderIdentity"] == "hollow-1"


def test_clients_inside_the_server_are_authorized_too(application: Application) -> None:
    nobody = InternalClient(lambda: application.pipeline, "nobody")
    with pytest.raises(StatusError, match='User "nobody" cannot list resource "pods"'):
        nobody.request("GET", PODS)


def test_a_reload_reaches_the_clients_inside(application: Application, admin: InternalClient) -> None:
    before = application.pipeline
    application.reload()
    assert application.pipeline is not before
    admin.create(PODS, pod("after-reload"))
    eventually(lambda: status(admin, "after-reload").get("phase") == "Running")
