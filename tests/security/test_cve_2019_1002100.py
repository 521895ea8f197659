"""CVE-2019-1002100: a JSON patch that is small to send and costs the server its memory or its time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubegate.api.patch.errors import PatchDoesNotApply
from kubegate.api.patch.json_patch import MAX_COPIED, apply_json_patch
from kubegate.testing.http_client import Client

JSON_PATCH = "application/json-patch+json"
TEST_NAME = {"op": "test", "path": "/metadata/name", "value": "c"}


def doubling(times: int) -> list[dict[str, Any]]:
    """Each operation copies a map into itself."""
    return [{"op": "copy", "from": "/data", "path": f"/data/k{number}"} for number in range(times)]


@pytest.fixture
def path(admin: Client, namespace: str) -> str:
    configmaps = f"/api/v1/namespaces/{namespace}/configmaps"
    admin("POST", configmaps, {"metadata": {"name": "c"}, "data": {"a": "x" * 1000}})
    return f"{configmaps}/c"


def test_more_operations_than_ten_thousand_are_too_many(admin: Client, path: str) -> None:
    answer = admin("PATCH", path, json.dumps([TEST_NAME] * 10_001), media_type=JSON_PATCH)
    message = "The allowed maximum operations in a JSON patch is 10000, got 10001"
    assert (answer.code, answer.body["reason"], answer.body["message"]) == (413, "RequestEntityTooLarge", message)
    assert admin("PATCH", path, json.dumps([TEST_NAME] * 10_000), media_type=JSON_PATCH).code == 200


def test_copies_may_not_add_more_than_three_mebibytes(admin: Client, path: str) -> None:
    answer = admin("PATCH", path, json.dumps(doubling(60)), media_type=JSON_PATCH)
    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert list(admin("GET", path).body["data"]) == ["a"]


def test_the_limit_counts_what_all_copies_add() -> None:
    half = "x" * (MAX_COPIED // 2 - 2)
    copies = [{"op": "copy", "from": "/a", "path": f"/{name}"} for name in "bcd"]
    assert set(apply_json_patch({"a": half}, copies[:2])) == {"a", "b", "c"}
    with pytest.raises(PatchDoesNotApply, match="exceeding the limit 3145728"):
        apply_json_patch({"a": half}, copies)
