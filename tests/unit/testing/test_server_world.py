"""The surroundings that a test controls: clock, identities, which requests are meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubegate.api.identities import ALPHABET
from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Request
from kubegate.testing.server.clock import Clock
from kubegate.testing.server.identities import CountedIdentities
from kubegate.testing.server.pattern import Pattern


def pod(name: str = "", **meta: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **meta}}


def test_a_clock_stands_where_it_is_set() -> None:
    clock = Clock()
    clock.set("2030-01-01T12:00:00+02:00")
    assert clock.now() == clock.now() == datetime(2030, 1, 1, 10, tzinfo=UTC)
    clock.advance(hours=1, minutes=30)
    clock.advance(timedelta(seconds=5))
    assert clock.now() == datetime(2030, 1, 1, 11, 30, 5, tzinfo=UTC)
    clock.set(datetime(2031, 1, 1))
    assert clock.now() == datetime(2031, 1, 1, tzinfo=UTC)


def test_a_clock_that_was_not_set_goes_on_running() -> None:
    clock = Clock()
    clock.advance(days=400)
    first, second = clock.now(), clock.now()
    assert second >= first > datetime.now(UTC) + timedelta(days=399)
    clock.reset()
    assert clock.now() < first


def test_followers_hear_of_moves() -> None:
    clock, heard = Clock(), []
    clock.follow(lambda: heard.append(clock.now().year))
    clock.reset()
    clock.set("2030-01-01")
    clock.advance(days=366)
    clock.reset()
    assert heard[:2] == [2030, 2031] and len(heard) == 3


def test_identities_can_be_foreseen() -> None:
    first, second = CountedIdentities("s"), CountedIdentities("s")
    second.uid(pod("other"))  # what else is made does not matter
    uids = [first.uid(pod("a")) for _ in range(3)]
    assert uids == [second.uid(pod("a")) for _ in range(3)] and len(set(uids)) == 3
    assert all(re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uid) for uid in uids)


@pytest.mark.parametrize("other", [pod("b"), pod("a", namespace="n"), {**pod("a"), "kind": "Node"}])
def test_other_objects_have_other_uids(other: dict[str, Any]) -> None:
    identities = CountedIdentities()
    assert identities.uid(pod("a")) != identities.uid(other)
    assert CountedIdentities("x").uid(pod("a")) != CountedIdentities("y").uid(pod("a"))


def test_suffixes() -> None:
    identities = CountedIdentities()
    made = [identities.suffix(pod(generateName="web-")) for _ in range(4)]
    assert len(set(made)) == 4 and all(len(text) == 5 and set(text) <= set(ALPHABET) for text in made)


def test_a_reset_begins_where_it_was_kept() -> None:
    identities = CountedIdentities()
    identities.uid(pod("a"))
    identities.keep()
    second = identities.uid(pod("a"))
    identities.reset()
    assert identities.uid(pod("a")) == second


def exchange(user: str = "alice", method: str = "GET", path: str = "/apis/apps/v1/x", **info: str) -> Exchange:
    request = RequestInfo(True, path, **{"verb": "list", "group": "apps", "resource": "deployments", **info})  # type: ignore[arg-type]
    return Exchange(Request(method, path), request, User(user))


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ({}, True),
        ({"verb": "list"}, True),
        ({"verb": "watch"}, False),
        ({"resource": "deployments"}, True),
        ({"resource": "deployments.apps"}, True),
        ({"resource": "deployments.*"}, True),
        ({"resource": "pods"}, False),
        ({"resource": "deployments/status"}, False),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"path": "/apis/apps/*"}, True),
        ({"path": "/api/*"}, False),
        ({"user": "al*"}, True),
        ({"user": "bob"}, False),
        ({"namespace": "shop"}, False),
        ({"name": "web"}, False),
    ],
)
def test_which_requests_are_meant(pattern: dict[str, str], meant: bool) -> None:
    assert Pattern(**pattern).matches(exchange()) is meant


def test_subresources_are_something_else() -> None:
    status = exchange(verb="patch", subresource="status", name="web", namespace="shop")
    assert not Pattern(resource="deployments").matches(status)
    assert Pattern(resource="deployments/status", name="web", namespace="shop").matches(status)
    assert Pattern(resource="deployments.apps/status").matches(status)
    paths = Exchange(Request("GET", "/version"), RequestInfo(False, "/version", "get"), User("alice"))
    assert not Pattern(resource="*").matches(paths) and Pattern(path="/version").matches(paths)
