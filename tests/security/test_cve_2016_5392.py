"""CVE-2016-5392: who might list or watch one namespace was shown objects of others out of the watch cache."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from kubegate.testing.http_client import Client

READ = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}


@pytest.fixture
def neighbours(admin: Client, namespace: str, grant: Callable[..., None]) -> Iterator[list[str]]:
    """Namespaces whose names begin or end as alice's own; each has a ConfigMap. She may read hers alone."""
    others = [f"{namespace}-2", f"{namespace}0", f"x-{namespace}"]
    for name in [namespace, *others]:
        admin("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        admin("POST", f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "c", "labels": {"of": namespace}}})
    grant(READ, inside=namespace)
    yield others
    for name in others:
        admin("DELETE", f"/api/v1/namespaces/{name}/configmaps/c")


def events(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """The events of a watch as they come; the test must take no more than there are."""
    response = client.flask.get(path, headers={"Authorization": f"Bearer {client.token}"})
    assert response.status_code == 200
    for chunk in response.iter_encoded():
        for line in chunk.splitlines():
            yield json.loads(line)


def namespaces(answer: Any) -> set[str]:
    return {item["metadata"]["namespace"] for item in answer.body["items"]}


@pytest.mark.parametrize("more", ["", "?resourceVersion=0", "?labelSelector=of", "?fieldSelector=metadata.name%3Dc"])
def test_lists_hold_the_namespaces_objects_alone(more: str, alice: Client, namespace: str, neighbours: list[str]) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    assert namespaces(alice("GET", path + more.replace("labelSelector=of", f"labelSelector=of%3D{namespace}"))) == {
        namespace
    }


@pytest.mark.parametrize("path", ["/api/v1/namespaces/{}/configmaps?watch=1", "/api/v1/watch/namespaces/{}/configmaps?x=y"])
@pytest.mark.parametrize("start", ["", "&resourceVersion=0", "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"])
def test_watches_show_the_namespaces_objects_alone(
    path: str, start: str, admin: Client, alice: Client, namespace: str, neighbours: list[str]
) -> None:
    bookmarks = "&allowWatchBookmarks=true" if "send" in start else ""
    stream = events(alice, path.format(namespace) + start + bookmarks + "&timeoutSeconds=600")
    seen = [next(stream)]
    while bookmarks and seen[-1]["type"] != "BOOKMARK":
        seen.append(next(stream))
    for name in [*neighbours, namespace]:  # her own last: whatever comes before it is a leak
        admin("PATCH", f"/api/v1/namespaces/{name}/configmaps/c", {"data": {"k": start}}, media_type=MERGE)
    while seen[-1]["type"] != "MODIFIED" or seen[-1]["object"]["metadata"]["namespace"] != namespace:
        seen.append(next(stream))
    objects = [event["object"]["metadata"] for event in seen if event["type"] != "BOOKMARK"]
    assert {found["namespace"] for found in objects} == {namespace}
    assert len(objects) == 2


MERGE = "application/merge-patch+json"


@pytest.mark.parametrize("field", ["fieldSelector=metadata.namespace%3D{}", "labelSelector=of"])
def test_selectors_do_not_lead_out(field: str, alice: Client, namespace: str, neighbours: list[str]) -> None:
    answer = alice("GET", f"/api/v1/namespaces/{namespace}/configmaps?{field.format(neighbours[0])}")
    assert namespaces(answer) <= {namespace}
    for path in ("configmaps?{0}", "configmaps?watch=1&timeoutSeconds=1&{0}", "watch/configmaps?{0}"):
        assert alice("GET", "/api/v1/" + path.format(field.format(namespace))).code == 403


@pytest.mark.parametrize("start", ["/../{0}/c", "../{0}/c", "/{0}/c", "{0}/c", "c\0", "%2e%2e/{0}/", "", "/"])
def test_forged_continue_tokens_do_not_lead_out(
    start: str, admin: Client, alice: Client, namespace: str, neighbours: list[str]
) -> None:
    revision = int(admin("GET", "/api/v1/configmaps").body["metadata"]["resourceVersion"])
    token = {"v": "meta.k8s.io/v1", "rv": revision, "start": start.format(neighbours[0])}
    text = base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")
    answer = alice("GET", f"/api/v1/namespaces/{namespace}/configmaps?limit=100&continue={quote(text)}")
    assert answer.code == 400 or namespaces(answer) <= {namespace}


def test_a_continue_token_of_another_list_shows_nothing_else(
    admin: Client, alice: Client, namespace: str, neighbours: list[str]
) -> None:
    token = admin("GET", "/api/v1/configmaps?limit=1").body["metadata"]["continue"]
    answer = alice("GET", f"/api/v1/namespaces/{namespace}/configmaps?limit=100&continue={quote(token)}")
    assert answer.code == 400 or namespaces(answer) <= {namespace}
    assert alice("GET", f"/api/v1/configmaps?limit=100&continue={quote(token)}").code == 403
