"""APIServices of custom kinds come and go with the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from kubegate.api.names import Object, name_of
from kubegate.controllers.api_services import AUTOMANAGED, CONTROLLER, ApiServices, api_service
from kubegate.controllers.interface import Context, Work
from kubegate.store.interface import Event, EventType, Key, Stored

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
PATH = "/apis/apiregistration.k8s.io/v1/apiservices"
WANTED = api_service("example.com", "v1", (1000, 100), "true")


class Api:
    """A client that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []

    def create(self, path: str, obj: Object) -> Object:
        self.asked.append(("create", path, obj))
        return obj

    def update(self, path: str, obj: Object) -> Object:
        self.asked.append(("update", path, obj))
        return obj

    def delete(self, path: str, *, uid: str = "", grace: int | None = None) -> None:
        self.asked.append(("delete", path, uid))


class World(Context):
    """A context over objects in a list."""

    objects: Sequence[tuple[str, Object]]

    def list(self, resource: str, namespace: str = "") -> Sequence[Object]:
        return [obj for kind, obj in self.objects if kind == resource]

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return next((obj for obj in self.list(resource) if name_of(obj) == name), None)


def definition(**served: bool) -> Object:
    versions = [{"name": name, "served": value} for name, value in served.items()]
    return {"metadata": {"name": "things.example.com"}, "spec": {"group": "example.com", "versions": versions}}


def stored(managed: str, **spec: Any) -> Object:
    meta = {**WANTED["metadata"], "labels": {AUTOMANAGED: managed}, "uid": "u"}
    return {**WANTED, "metadata": meta, "spec": {**WANTED["spec"], **spec}}


@pytest.mark.parametrize(
    ("definitions", "found", "asked"),
    [
        ([definition(v1=True)], None, [("create", PATH, WANTED)]),
        ([definition(v1=False, v2=True)], None, []),
        ([definition(v1=True)], stored("true"), []),
        ([definition(v1=True)], stored("true", versionPriority=7), [("update", f"{PATH}/v1.example.com", stored("true"))]),
        ([definition(v1=True)], stored("onstart", versionPriority=7), []),
        ([definition(v2=True)], stored("true"), [("delete", f"{PATH}/v1.example.com", "u")]),
        ([], stored("true"), [("delete", f"{PATH}/v1.example.com", "u")]),
        ([], stored(""), []),
    ],
)
def test_a_version_is_registered_while_it_is_served(
    definitions: list[Object], found: Object | None, asked: list[Any]
) -> None:
    api = Api()
    world = World(None, api, lambda: None)  # type: ignore[arg-type]
    services = [("apiservices.apiregistration.k8s.io", found)] if found else []
    object.__setattr__(world, "objects", [*((DEFINITIONS, obj) for obj in definitions), *services])
    ApiServices(world).reconcile(Work("", "v1.example.com"))
    assert api.asked == asked


def test_versions_before_and_after_a_change_are_looked_at() -> None:
    def event(kind: EventType, new: Object, old: Object | None) -> Event:
        before = Stored(Key(DEFINITIONS, "", "t"), 1, old, b"") if old else None
        return Event(kind, Stored(Key(DEFINITIONS, "", "t"), 2, new, b""), before)

    (source, _) = CONTROLLER.sources
    found = source.keys(event(EventType.MODIFIED, definition(v2=True), definition(v1=True)))
    assert {work.name for work in found} == {"v1.example.com", "v2.example.com"}
