"""The controller that puts tokens into the Secrets of service accounts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.interface import Context, Work
from kubegate.controllers.service_account_tokens import CONTROLLER, SECRET_TYPE, ServiceAccountTokens
from kubegate.store.interface import Event, EventType, Key, Stored

ACCOUNT: Object = {"metadata": {"namespace": "ns", "name": "robot", "uid": "uid-1"}}
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FULL = {"ca.crt": encoded("CA"), "namespace": encoded("ns"), "token": encoded("token of robot in s")}


class Api:
    """A client that notes what it is asked."""

    def __init__(self) -> None:
        self.updated: list[tuple[str, Object]] = []
        self.deleted: list[tuple[str, str]] = []

    def update(self, path: str, obj: Object) -> Object:
        self.updated.append((path, obj))
        return obj

    def delete(self, path: str, *, uid: str = "", grace: int | None = None) -> None:
        self.deleted.append((path, uid))


class World(Context):
    """A context over objects in a list."""

    objects: Sequence[tuple[str, Object]]

    def list(self, resource: str, namespace: str = "") -> Sequence[Object]:
        return [obj for kind, obj in self.objects if kind == resource and namespace_of(obj) == namespace]

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return next((obj for obj in self.list(resource, namespace) if name_of(obj) == name), None)


def token_of(account: Object, secret: str) -> str:
    return f"token of {name_of(account)} in {secret}"


def reconcile(name: str, *objects: tuple[str, Object], root_ca: str = "CA", key: bool = True) -> Api:
    api: Any = Api()
    options = SimpleNamespace(root_ca=root_ca, legacy_token=token_of if key else None)
    context = World(None, api, lambda: None, lambda: datetime.now(UTC), options)  # type: ignore[arg-type, return-value]
    object.__setattr__(context, "objects", objects)
    ServiceAccountTokens(context).reconcile(Work("ns", name))
    return api  # type: ignore[no-any-return]


def account(**more: Any) -> tuple[str, Object]:
    return "serviceaccounts", {**ACCOUNT, **more}


def secret(
    data: dict[str, str] | None = None, uid: str = "", *, of: str = "robot", kind: str = SECRET_TYPE
) -> tuple[str, Object]:
    annotations = {NAME: of} | ({UID: uid} if uid else {})
    meta = {"namespace": "ns", "name": "s", "uid": "uid-s", "annotations": annotations}
    return "secrets", {"metadata": meta, "type": kind, **({"data": data} if data is not None else {})}


def test_a_new_secret_is_filled() -> None:
    ((path, updated),) = reconcile("robot", account(), secret()).updated
    assert path == "/api/v1/namespaces/ns/secrets/s"
    assert updated["data"] == FULL
    assert updated["metadata"]["annotations"] == {NAME: "robot", UID: "uid-1"}


@pytest.mark.parametrize("missing", ["ca.crt", "namespace", "token"])
def test_what_is_missing_is_added(missing: str) -> None:
    has = {key: value for key, value in FULL.items() if key != missing} | {"mine": encoded("kept")}
    ((_, updated),) = reconcile("robot", account(), secret(has, "uid-1")).updated
    assert updated["data"] == FULL | {"mine": encoded("kept")}


def test_a_token_that_is_there_stays() -> None:
    ((_, updated),) = reconcile("robot", account(), secret(FULL | {"token": encoded("own"), "ca.crt": "AAAA"})).updated
    assert updated["data"] == FULL | {"token": encoded("own")}


@pytest.mark.parametrize("other", [secret(FULL), secret(of="another"), secret(kind="Opaque")])
def test_nothing_to_do(other: tuple[str, Object]) -> None:
    api = reconcile("robot", account(), other)
    assert (api.updated, api.deleted) == ([], [])


def test_without_a_key_there_are_no_tokens() -> None:
    ((_, updated),) = reconcile("robot", account(), secret(), root_ca="", key=False).updated
    assert updated["data"] == {"namespace": encoded("ns")}


@pytest.mark.parametrize("objects", [(secret(FULL),), (account(), secret(FULL, "uid-0")), (secret(),)])
def test_secrets_go_with_their_account(objects: tuple[tuple[str, Object], ...]) -> None:
    api = reconcile("robot", *objects)
    assert (api.updated, api.deleted) == ([], [("/api/v1/namespaces/ns/secrets/s", "uid-s")])


def test_a_deleted_secret_is_no_longer_named() -> None:
    ((path, updated),) = reconcile("robot/s", account(secrets=[{"name": "s"}, {"name": "t"}])).updated
    assert path == "/api/v1/namespaces/ns/serviceaccounts/robot"
    assert updated["secrets"] == [{"name": "t"}]


@pytest.mark.parametrize(
    "objects", [(), (account(),), (account(secrets=[{"name": "t"}]),), (account(secrets=[{"name": "s"}]), secret(FULL))]
)
def test_nothing_to_forget(objects: tuple[tuple[str, Object], ...]) -> None:
    assert reconcile("robot/s", *objects).updated == []


@pytest.mark.parametrize(
    ("event", "obj", "names"),
    [
        (EventType.ADDED, secret()[1], ["robot"]),
        (EventType.DELETED, secret()[1], ["robot/s"]),
        (EventType.ADDED, secret(kind="Opaque")[1], []),
        (EventType.ADDED, secret(of="")[1], []),
    ],
)
def test_events_of_secrets(event: EventType, obj: Object, names: list[str]) -> None:
    source = CONTROLLER.sources[1]
    found = source.keys(Event(event, Stored(Key("secrets", "ns", "s"), 1, obj, b"")))
    assert list(found) == [Work("ns", name) for name in names]
