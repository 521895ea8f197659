"""How a cluster is read for a dump: page by page, patiently, and what cannot be read is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from kubegate.analysis.snapshot import KINDS, LONGEST_PAUSE, TRIES, Answer, take
from kubegate.errors import Unavailable

ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=250"
FORBIDDEN = (403, {"message": "clusterroles is forbidden"})
BUSY = (429, {"message": "slow down"})
EMPTY: tuple[int, Any] = (200, {"items": []})


@dataclass
class Said:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Cluster:
    """A fake: for each path the answers one after the other, the last one for ever. Other paths are not found."""

    pages: dict[str, list[Any]]
    asked: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        self.asked.append(path)
        answers = self.pages.get(path, [EMPTY] if path.startswith("/api/v1/namespaces") else [(404, {})])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, document, *headers = answer
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        return Said(status, body, *headers)

    def take(self) -> tuple[list[str], dict[str, str]]:
        snapshot = take(self.get, sleep=self.slept.append)
        return [f"{obj['kind']} {obj['metadata']['name']}" for obj in snapshot.objects], snapshot.missing


def roles(*names: str, more: str = "") -> Any:
    return 200, {"metadata": {"continue": more} if more else {}, "items": [{"metadata": {"name": name}} for name in names]}


def test_every_page_is_read_and_items_say_what_they_are() -> None:
    cluster = Cluster({ROLES: [roles("x", more="a=b")], f"{ROLES}&continue=a%3Db": [roles("y")]})
    told: list[tuple[str, int]] = []
    snapshot = take(cluster.get, told=lambda kind, count: told.append((kind, count)))
    assert [obj["metadata"]["name"] for obj in snapshot.objects] == ["x", "y"]
    assert {(obj["apiVersion"], obj["kind"]) for obj in snapshot.objects} == {
        ("rbac.authorization.k8s.io/v1", "ClusterRole")
    }
    assert (len(cluster.asked), snapshot.missing) == (len(KINDS) + 1, {})
    assert [count for kind, count in told if kind == "ClusterRole"] == [0, 1]


def test_what_may_not_be_read_is_named() -> None:
    cluster = Cluster({ROLES: [FORBIDDEN], "/apis/rbac.authorization.k8s.io/v1": [(200, {})]})
    assert cluster.take() == ([], {"ClusterRole": "clusterroles is forbidden"})


def test_what_the_cluster_does_not_have_is_no_loss_though_it_is_refused() -> None:
    """Authorization comes before the path is looked at."""
    assert Cluster({ROLES: [FORBIDDEN]}).take() == ([], {})


@pytest.mark.parametrize(("status", "said"), [(401, "credentials"), (404, "no Kubernetes API")])
def test_refused_credentials_and_other_services_are_errors(status: int, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        Cluster({"/api/v1/namespaces?limit=250": [(status, {})]}).take()


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ([BUSY, BUSY, roles("x")], [1, 2]),
        ([(*BUSY, {"retry-after": "7"}), (503, b""), roles("x")], [7, 14]),
        ([(*BUSY, {"retry-after": "9999"}), roles("x")], [LONGEST_PAUSE]),
        ([(*BUSY, {"retry-after": "soon"}), Unavailable("EOF"), roles("x")], [1, 2]),
    ],
)
def test_a_busy_cluster_is_waited_for(answers: list[Any], pauses: list[float]) -> None:
    cluster = Cluster({ROLES: answers})
    assert (cluster.take(), cluster.slept) == ((["ClusterRole x"], {}), pauses)


def test_patience_ends() -> None:
    """Of a kind that is read in part nothing is kept: half of the roles would be worse than none."""
    cluster = Cluster({ROLES: [roles("x", more="t")], f"{ROLES}&continue=t": [BUSY]})
    assert cluster.take() == ([], {"ClusterRole": "slow down"})
    assert cluster.asked.count(f"{ROLES}&continue=t") == TRIES
    with pytest.raises(Unavailable, match="gone"):
        Cluster({ROLES: [Unavailable("gone")]}).take()


def test_a_cluster_that_never_answers_is_asked_once() -> None:
    cluster = Cluster({"/api/v1/namespaces?limit=250": [Unavailable("connection refused")]})
    with pytest.raises(Unavailable, match="refused"):
        cluster.take()
    assert (len(cluster.asked), cluster.slept) == (1, [])


def test_a_list_that_expired_goes_on_as_the_cluster_says() -> None:
    expired = (410, {"reason": "Expired", "metadata": {"continue": "now"}})
    pages = {ROLES: [roles("x", more="t")], f"{ROLES}&continue=t": [expired], f"{ROLES}&continue=now": [roles("y")]}
    assert Cluster(pages).take() == (["ClusterRole x", "ClusterRole y"], {})


def test_a_list_that_expired_is_begun_again() -> None:
    expired = (410, {"reason": "Expired", "message": "too old"})
    once = {ROLES: [roles("x", more="t"), roles("z")], f"{ROLES}&continue=t": [expired]}
    assert Cluster(once).take() == (["ClusterRole z"], {})
    always = Cluster({ROLES: [roles("x", more="t")], f"{ROLES}&continue=t": [expired]})
    assert always.take() == ([], {"ClusterRole": "too old"})
    assert always.asked.count(ROLES) == TRIES + 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"items": {}}'])
def test_an_answer_that_is_no_list_is_no_empty_list(body: bytes) -> None:
    assert Cluster({ROLES: [(200, body)]}).take() == ([], {"ClusterRole": "the answer is no list"})
