"""Watch: initial state, changes, selections, bookmarks, ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.api.names import GroupVersionResource
from kubegate.apiserver.rest.selection import Selection, parse
from kubegate.apiserver.rest.watching import selected
from kubegate.store.interface import Event, EventType, Key, Stored
from kubegate.testing.http_client import Client


def state(labels: dict[str, str], revision: int) -> Stored:
    obj = {"metadata": {"name": "a", "labels": labels}}
    return Stored(Key("configmaps", "ns", "a"), revision, obj, b"")


RED, BLUE = {"color": "red"}, {"color": "blue"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "seen"),
    [
        (EventType.ADDED, None, RED, "ADDED"),
        (EventType.ADDED, None, BLUE, None),
        (EventType.MODIFIED, RED, RED, "MODIFIED"),
        (EventType.MODIFIED, BLUE, RED, "ADDED"),
        (EventType.MODIFIED, RED, BLUE, "DELETED"),
        (EventType.MODIFIED, BLUE, BLUE, None),
        (EventType.DELETED, RED, RED, "DELETED"),
        (EventType.DELETED, BLUE, BLUE, None),
    ],
)
def test_what_a_selection_sees(kind: EventType, before: Any, after: Any, seen: str | None) -> None:
    resource = builtin().resource(GroupVersionResource("", "v1", "configmaps"))
    assert resource is not None
    event = Event(kind, state(after, 7), None if before is None else state(before, 3))
    change = selected(event, parse(resource, "color=red", ""))
    assert (change.type if change else None) == seen
    assert selected(event, Selection()) is not None


def test_what_leaves_is_shown_as_it_was() -> None:
    resource = builtin().resource(GroupVersionResource("", "v1", "configmaps"))
    assert resource is not None
    change = selected(Event(EventType.MODIFIED, state(BLUE, 7), state(RED, 3)), parse(resource, "color=red", ""))
    assert change is not None and change.stored is not None
    assert change.stored.object["metadata"]["labels"] == RED
    assert change.revision == 7


def events(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """The events of a watch, as they come; the test must take no more than there are."""
    response = client.flask.get(path, headers={"Authorization": f"Bearer {client.token}"})
    assert response.status_code == 200
    for chunk in response.iter_encoded():
        for line in chunk.splitlines():
            yield json.loads(line)


def test_a_stream(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    made = client("POST", path, {"metadata": {"name": "a"}}).body
    stream = events(client, f"{path}?watch=1&timeoutSeconds=60")
    assert next(stream) == {"type": "ADDED", "object": made}
    client("PATCH", f"{path}/a", {"data": {"k": "v"}}, media_type="application/merge-patch+json")
    assert next(stream)["type"] == "MODIFIED"
    client("DELETE", f"{path}/a")
    gone = next(stream)
    assert gone["type"] == "DELETED"
    assert int(gone["object"]["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


def test_the_end_of_the_initial_state_is_announced(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    client("POST", path, {"metadata": {"name": "a"}})
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=60"
    stream = events(client, f"{path}?{query}")
    assert next(stream)["type"] == "ADDED"
    bookmark = next(stream)
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_revision_that_is_gone_is_an_event(client: Client, namespace: str, application: Any) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    client("POST", path, {"metadata": {"name": "a"}})
    application.store.compact(application.store.revision)
    error = next(events(client, f"{path}?watch=1&resourceVersion=1&timeoutSeconds=60"))
    assert error["type"] == "ERROR"
    assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")


def test_tables_have_columns_once(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for name in "ab":
        client("POST", path, {"metadata": {"name": name}})
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io",
    }
    response = client.flask.get(f"{path}?watch=1&timeoutSeconds=60", headers=headers)
    lines = (line for chunk in response.iter_encoded() for line in chunk.splitlines())
    found = [json.loads(next(lines))["object"] for _ in "ab"]
    assert found[0]["columnDefinitions"] and found[1]["columnDefinitions"] is None
    assert [table["rows"][0]["cells"][0] for table in found] == ["a", "b"]
