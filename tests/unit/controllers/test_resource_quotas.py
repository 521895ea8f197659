"""The status of quotas is counted from what is there."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.controllers.interface import Context, Work
from kubegate.controllers.resource_quotas import CONTROLLER
from kubegate.store.interface import Event, EventType, Key
from kubegate.store.memory import MemoryStore


class Client:
    """A fake client that keeps what was written."""

    def __init__(self) -> None:
        self.written: list[tuple[str, Any]] = []

    def update(self, path: str, obj: dict[str, Any]) -> dict[str, Any]:
        self.written.append((path, obj["status"]))
        return obj


def pod(name: str, phase: str = "Running") -> dict[str, Any]:
    containers = [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "100m"}}}]
    return {"metadata": {"name": name, "namespace": "n"}, "spec": {"containers": containers}, "status": {"phase": phase}}


def quota(status: dict[str, Any] | None = None) -> dict[str, Any]:
    spec = {"hard": {"pods": "4", "requests.cpu": "1"}}
    return {"metadata": {"name": "q", "namespace": "n"}, "spec": spec, **({"status": status} if status else {})}


def reconcile(store: MemoryStore, work: Work) -> list[tuple[str, Any]]:
    client = Client()
    CONTROLLER.build(Context(store, client, builtin)).reconcile(work)  # type: ignore[arg-type]
    return client.written


COUNTED = {"hard": {"pods": "4", "requests.cpu": "1"}, "used": {"pods": "2", "requests.cpu": "200m"}}


@pytest.mark.parametrize("work", [Work("n", "q"), Work("n", "")])
def test_finished_pods_do_not_count(work: Work) -> None:
    store = MemoryStore()
    for obj in (pod("a"), pod("b"), pod("done", "Succeeded")):
        store.create(Key("pods", "n", obj["metadata"]["name"]), obj)
    store.create(Key("resourcequotas", "n", "q"), quota())
    assert reconcile(store, work) == [("/api/v1/namespaces/n/resourcequotas/q/status", COUNTED)]


def test_a_right_status_is_left_alone() -> None:
    store = MemoryStore()
    for name in ("a", "b"):
        store.create(Key("pods", "n", name), pod(name))
    store.create(Key("resourcequotas", "n", "q"), quota(COUNTED))
    assert reconcile(store, Work("n", "q")) == []


@pytest.mark.parametrize(
    ("resource", "kind", "wakes"),
    [
        ("pods", EventType.DELETED, True),
        ("configmaps", EventType.DELETED, True),
        ("pods", EventType.MODIFIED, True),
        ("configmaps", EventType.MODIFIED, False),
        ("pods", EventType.ADDED, False),  # admission charged it
    ],
)
def test_what_frees_something_wakes_it(resource: str, kind: EventType, wakes: bool) -> None:
    stored = MemoryStore().create(Key(resource, "n", "x"), {"metadata": {"name": "x", "namespace": "n"}})
    freed = CONTROLLER.sources[1].keys
    assert list(freed(Event(kind, stored))) == ([Work("n", "")] if wakes else [])
