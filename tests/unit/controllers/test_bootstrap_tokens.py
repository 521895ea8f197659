"""The controllers of bootstrap tokens: cluster-info signed, expired tokens deleted."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.compose.background import controller_runs
from kubegate.controllers.bootstrap_tokens import CLEANER, SIGNER, BootstrapSigner, TokenCleaner, detached_signature
from kubegate.controllers.interface import Context, Work

NOW = datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC)
INFO = Work("kube-public", "cluster-info")
DATA = {"token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true"}
BY_ABCDEF = detached_signature("the content", "abcdef", "0123456789abcdef")


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


def world(*objects: tuple[str, Object]) -> tuple[World, Api]:
    api: Any = Api()
    made = World(None, api, lambda: None, lambda: NOW)  # type: ignore[arg-type, return-value]
    object.__setattr__(made, "objects", objects)
    return made, api


def info(**data: str) -> tuple[str, Object]:
    return "configmaps", {"metadata": {"namespace": "kube-public", "name": "cluster-info"}, "data": data}


def secret(identifier: str = "abcdef", **changes: Any) -> tuple[str, Object]:
    wanted = DATA | {"token-id": identifier} | {key.replace("_", "-"): value for key, value in changes.items()}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in wanted.items()}
    meta = {"namespace": "kube-system", "name": f"bootstrap-token-{identifier}", "uid": "u"}
    return "secrets", {"metadata": meta, "type": "bootstrap.kubernetes.io/token", "data": data}


def test_signature_of_a_known_case() -> None:
    """The case of kubernetes ``cluster-bootstrap/token/jws/jws_test.go``."""
    content = "Hello from the other side. I must have called a thousand times."
    assert detached_signature(content, "joshua", "my voice is my passcode") == (
        "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8"
    )


def test_signatures_come_change_and_go() -> None:
    before = {"kubeconfig": "the content", "jws-kubeconfig-abcdef": "old", "jws-kubeconfig-gonegg": "x", "other": "kept"}
    context, api = world(info(**before), secret(), secret("uvwxyz"))
    assert BootstrapSigner(context).reconcile(INFO) is None
    ((path, updated),) = api.updated
    assert path == "/api/v1/namespaces/kube-public/configmaps/cluster-info"
    assert updated["data"] == {
        "kubeconfig": "the content",
        "other": "kept",
        "jws-kubeconfig-abcdef": BY_ABCDEF,
        "jws-kubeconfig-uvwxyz": detached_signature("the content", "uvwxyz", "0123456789abcdef"),
    }


@pytest.mark.parametrize(
    "objects",
    [
        (),
        (secret(),),
        (info(other="x"), secret()),
        (info(kubeconfig="the content", **{"jws-kubeconfig-abcdef": BY_ABCDEF}), secret()),
        (info(kubeconfig="the content"), secret(usage_bootstrap_signing="yes")),
        (info(kubeconfig="the content"), secret(expiration="2027-01-15T08:00:00Z")),
        (info(kubeconfig="the content"), secret(token_secret="")),
        (info(kubeconfig="the content"), secret("abcde")),
        (info(kubeconfig="the content"), ("secrets", secret()[1] | {"type": "Opaque"})),
    ],
)
def test_nothing_to_do(objects: tuple[tuple[str, Object], ...]) -> None:
    context, api = world(*objects)
    BootstrapSigner(context).reconcile(INFO)
    assert api.updated == []


def test_the_next_expiry_is_waited_for() -> None:
    soon, later = secret(expiration="2027-01-15T08:01:00Z"), secret("uvwxyz", expiration="2027-01-16T08:00:00Z")
    assert BootstrapSigner(world(info(kubeconfig="c"), later, soon, secret("aaaaaa"))[0]).reconcile(INFO) == 60


@pytest.mark.parametrize(
    ("expiration", "again", "deleted"),
    [
        (None, None, False),
        ("2027-01-15T08:01:00Z", 60, False),
        ("2027-01-15T08:00:00Z", None, True),
        ("some day", None, True),
    ],
)
def test_expired_tokens_go(expiration: str | None, again: float | None, deleted: bool) -> None:
    context, api = world(secret(**({"expiration": expiration} if expiration else {})))
    work = Work("kube-system", "bootstrap-token-abcdef")
    assert TokenCleaner(context).reconcile(work) == again
    assert api.deleted == ([("/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef", "u")] if deleted else [])


def test_other_secrets_stay() -> None:
    context, api = world(("secrets", secret(expiration="some day")[1] | {"type": "Opaque"}))
    assert TokenCleaner(context).reconcile(Work("kube-system", "bootstrap-token-abcdef")) is None
    assert api.deleted == []


@pytest.mark.parametrize("controller", [SIGNER, CLEANER])
def test_they_run_only_if_named(controller: Any) -> None:
    def runs(*wanted: str) -> bool:
        return controller_runs(controller.name, wanted, by_default=controller.by_default)

    assert not runs("*")
    assert runs("*", controller.name)
    assert runs(controller.name)
