"""Lists: order, pages, revisions, selectors, forms."""

from __future__ import annotations

import pytest

from kubegate.testing.http_client import Client

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@pytest.fixture
def path(client: Client, namespace: str) -> str:
    """A namespace with the ConfigMaps c0 to c4; the even ones are labelled."""
    found = f"/api/v1/namespaces/{namespace}/configmaps"
    for number in range(5):
        labels = {"even": "yes"} if number % 2 == 0 else {}
        assert client("POST", found, {"metadata": {"name": f"c{number}", "labels": labels}}).code == 201
    return found


def names(client: Client, path: str) -> list[str]:
    answer = client("GET", path)
    assert answer.code == 200, answer.body
    return [item["metadata"]["name"] for item in answer.body["items"]]


def test_items_do_not_repeat_their_kind(client: Client, path: str) -> None:
    body = client("GET", path).body
    assert (body["kind"], body["apiVersion"]) == ("ConfigMapList", "v1")
    assert all("kind" not in item and "apiVersion" not in item for item in body["items"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?labelSelector=even", ["c0", "c2", "c4"]),
        ("?labelSelector=!even", ["c1", "c3"]),
        ("?fieldSelector=metadata.name=c3", ["c3"]),
        ("?fieldSelector=metadata.name!=c3&labelSelector=!even", ["c1"]),
        ("?limit=-1", ["c0", "c1", "c2", "c3", "c4"]),
        ("?limit=2&resourceVersion=0", ["c0", "c1", "c2", "c3", "c4"]),
    ],
)
def test_selection(client: Client, path: str, query: str, expected: list[str]) -> None:
    assert names(client, path + query) == expected


def test_pages_are_of_one_moment(client: Client, path: str) -> None:
    first = client("GET", f"{path}?limit=2").body
    assert first["metadata"]["remainingItemCount"] == 3
    client("DELETE", f"{path}/c3")
    second = client("GET", f"{path}?limit=2&continue={first['metadata']['continue']}").body
    assert [item["metadata"]["name"] for item in second["items"]] == ["c2", "c3"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert names(client, path) == ["c0", "c1", "c2", "c4"]


def test_pages_of_a_selection_do_not_count_the_rest(client: Client, path: str) -> None:
    first = client("GET", f"{path}?limit=2&labelSelector=even").body["metadata"]
    assert "remainingItemCount" not in first
    assert names(client, f"{path}?limit=2&labelSelector=even&continue={first['continue']}") == ["c4"]


def test_an_exact_revision_is_the_past(client: Client, path: str) -> None:
    before = client("GET", path).body["metadata"]["resourceVersion"]
    client("DELETE", f"{path}/c0")
    assert names(client, f"{path}?resourceVersion={before}&resourceVersionMatch=Exact")[0] == "c0"
    assert names(client, f"{path}?resourceVersion={before}")[0] == "c1"


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("?limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ("?limit=", 400, 'strconv.ParseInt: parsing "": invalid syntax'),
        ("?limit=9223372036854775808", 400, 'strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        ("?resourceVersion=x", 400, 'invalid resource version: resourceVersion: Invalid value: "x"'),
        ("?resourceVersion=999999999", 504, "Timeout: Too large resource version: 999999999, current: "),
        ("?resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("?continue=garbage", 400, "invalid continue token: continue key is not valid: "),
        (
            "?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJjIn0&resourceVersion=1",
            400,
            "not allowed when using",
        ),
        ("?labelSelector=a,,b", 400, "found ',', expected: identifier after ','"),
        ("?fieldSelector=spec.nope=x", 400, '"spec.nope" is not a known field selector'),
    ],
)
def test_refusals(client: Client, path: str, query: str, code: int, message: str) -> None:
    answer = client("GET", path + query)
    assert answer.code == code
    assert message in answer.body["message"]


def test_a_compacted_page_can_go_on_with_the_newest_state(client: Client, path: str, application: object) -> None:
    token = client("GET", f"{path}?limit=2").body["metadata"]["continue"]
    client("POST", path, {"metadata": {"name": "c9"}})
    store = application.store  # type: ignore[attr-defined]
    store.compact(store.revision)
    expired = client("GET", f"{path}?continue={token}")
    assert (expired.code, expired.body["reason"]) == (410, "Expired")
    assert names(client, f"{path}?continue={expired.body['metadata']['continue']}") == ["c2", "c3", "c4", "c9"]


def test_tables(client: Client, path: str) -> None:
    table = client("GET", path, Accept=TABLE).body
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert [row["cells"][:2] for row in table["rows"]] == [[f"c{number}", 0] for number in range(5)]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    whole = client("GET", f"{path}?includeObject=Object", Accept=TABLE).body
    assert whole["rows"][0]["object"]["kind"] == "ConfigMap"


def test_metadata_only(client: Client, path: str) -> None:
    partial = client("GET", path, Accept=PARTIAL).body
    assert partial["kind"] == "PartialObjectMetadataList"
    assert set(partial["items"][0]) == {"kind", "apiVersion", "metadata"}
