"""Pods that nobody takes care of any more."""

from __future__ import annotations

from datetime import UTC, datetime

from kubegate.api.user import service_account_groups
from kubegate.compose.internal_client import InternalClient
from kubegate.controllers.interface import Context, Work
from kubegate.controllers.pod_gc import CONTROLLER

WORK = Work("", "pods")


def collector(world):
    user = f"system:serviceaccount:kube-system:{CONTROLLER.account}"
    client = InternalClient(lambda: world.application.pipeline, user, *service_account_groups("kube-system"))
    catalog = world.application.parts.catalog
    return CONTROLLER.build(Context(world.application.store, client, catalog, lambda: world.now))


def make(world, **spec: object) -> None:
    world.create("pods", "p", {"containers": [{"name": "c", "image": "i"}], **spec}, "Pod")


def test_pods_of_a_missing_node_go_after_a_while(world) -> None:
    make(world, nodeName="gone")
    reconciler = collector(world)
    reconciler.reconcile(WORK)
    world.later(seconds=30)
    reconciler.reconcile(WORK)
    assert world.admin.get(world.path("pods", "p")) is not None
    world.later(seconds=30)
    reconciler.reconcile(WORK)
    assert world.admin.get(world.path("pods", "p")) is None


def test_pods_without_a_node_that_are_ending_go_at_once(world) -> None:
    make(world)
    world.admin.patch(world.path("pods", "p"), {"metadata": {"finalizers": ["example.com/x"]}})
    world.admin.delete(world.path("pods", "p"))
    world.admin.patch(world.path("pods", "p"), {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    collector(world).reconcile(WORK)
    assert world.admin.get(world.path("pods", "p")) is None


def test_other_pods_stay(world) -> None:
    world.admin.create("/api/v1/nodes", {"metadata": {"name": world.namespace}})
    make(world, nodeName=world.namespace)
    reconciler = collector(world)
    for _ in range(3):
        reconciler.reconcile(WORK)
        world.now = datetime.now(UTC)
        world.later(minutes=10)
    assert world.admin.get(world.path("pods", "p")) is not None
