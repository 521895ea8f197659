"""Objects through the whole pipeline: create, read, replace, patch, delete."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.testing.http_client import Client

MERGE = "application/merge-patch+json"


def maps(namespace: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps" + (f"/{name}" if name else "")


def new(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


def test_a_created_object_gets_its_system_fields(client: Client, namespace: str) -> None:
    made = client("POST", maps(namespace), new("a", data={"k": "v"}))
    assert made.code == 201
    meta = made.body["metadata"]
    assert meta["namespace"] == namespace
    assert meta["uid"] and meta["creationTimestamp"] and int(meta["resourceVersion"]) > 0
    assert client("GET", maps(namespace, "a")).body == made.body


def test_fields_that_the_server_owns_cannot_be_sent(client: Client, namespace: str) -> None:
    body = new("a")
    body["metadata"] |= {
        "uid": "mine",
        "creationTimestamp": "2001-01-01T00:00:00Z",
        "deletionTimestamp": "2001-01-01T00:00:00Z",
    }
    meta = client("POST", maps(namespace), body).body["metadata"]
    assert meta["uid"] != "mine"
    assert not meta["creationTimestamp"].startswith("2001")
    assert "deletionTimestamp" not in meta


def test_names_are_generated(client: Client, namespace: str) -> None:
    made = [client("POST", maps(namespace), {"metadata": {"generateName": "x-"}}).body["metadata"]["name"] for _ in range(3)]
    assert len(set(made)) == 3
    assert all(name.startswith("x-") and len(name) == 7 for name in made)


@pytest.mark.parametrize(
    ("method", "name", "body", "code", "message"),
    [
        ("POST", "", new("old"), 409, 'configmaps "old" already exists'),
        (
            "POST",
            "",
            {"metadata": {}},
            422,
            'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
        ),
        (
            "POST",
            "",
            {"metadata": {"name": "a", "namespace": "other"}},
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            "POST",
            "",
            {"metadata": {"name": "a", "resourceVersion": "7"}},
            500,
            "resourceVersion should not be set on objects to be created",
        ),
        ("PUT", "none", new("none"), 404, 'configmaps "none" not found'),
        ("PUT", "old", new("other"), 400, "the name of the object (other) does not match the name on the URL (old)"),
        (
            "PUT",
            "old",
            {"metadata": {}},
            400,
            "the name of the object (old based on URL) was undeterminable: name must be provided",
        ),
        (
            "PUT",
            "old",
            {"metadata": {"name": "old", "resourceVersion": "abc"}},
            500,
            'strconv.ParseUint: parsing "abc": invalid syntax',
        ),
        (
            "PUT",
            "old",
            {"metadata": {"name": "old", "resourceVersion": "1"}},
            409,
            'Operation cannot be fulfilled on configmaps "old": the object has been modified; '
            "please apply your changes to the latest version and try again",
        ),
        ("DELETE", "none", None, 404, 'configmaps "none" not found'),
    ],
)
def test_refusals(client: Client, namespace: str, method: str, name: str, body: Any, code: int, message: str) -> None:
    assert client("POST", maps(namespace), new("old")).code == 201
    answer = client(method, maps(namespace, name), body)
    assert (answer.code, answer.body["message"]) == (code, message)
    assert answer.body["kind"] == "Status"


def test_only_the_store_complains_about_a_version(client: Client, namespace: str) -> None:
    body = {"metadata": {"name": "a", "resourceVersion": "7"}}
    assert client("POST", maps(namespace) + "?dryRun=All", body).code == 201


def test_an_owner_is_named_once(client: Client, namespace: str) -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
    body = new("a")
    body["metadata"]["ownerReferences"] = [owner, {**owner, "name": "q"}, owner]
    made = client("POST", maps(namespace), body)
    assert [item["name"] for item in made.body["metadata"]["ownerReferences"]] == ["p", "q"]
    assert "contains duplicate entries; API server dedups" in made.headers["Warning"]
    assert made.headers["Warning"].endswith('duplicate UID(s) observed: [u]"')
    put = client("PUT", maps(namespace, "a"), body)
    assert "contains duplicate entries; API server dedups" in put.headers["Warning"]
    patch = client("PATCH", maps(namespace, "a"), {"metadata": {"ownerReferences": [owner, owner]}}, media_type=MERGE)
    assert "contains duplicate entries after mutating admission happens;" in patch.headers["Warning"]


def test_a_replacement_without_a_version_is_unconditional(client: Client, namespace: str) -> None:
    first = client("POST", maps(namespace), new("a", data={"k": "1"})).body
    second = client("PUT", maps(namespace, "a"), new("a", data={"k": "2"})).body
    assert second["data"] == {"k": "2"}
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])


def test_an_update_without_change_is_none(client: Client, namespace: str) -> None:
    made = client("POST", maps(namespace), new("a", data={"k": "1"})).body
    again = client("PATCH", maps(namespace, "a"), {"data": {"k": "1"}}, media_type=MERGE).body
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_uid_is_a_precondition_of_put(client: Client, namespace: str) -> None:
    client("POST", maps(namespace), new("a"))
    answer = client("PUT", maps(namespace, "a"), {"metadata": {"name": "a", "uid": "other"}})
    assert answer.code == 409
    assert "Precondition failed: UID in precondition: other" in answer.body["message"]


def test_dry_run_stores_nothing(client: Client, namespace: str) -> None:
    shown = client("POST", maps(namespace) + "?dryRun=All", new("a"))
    assert shown.code == 201
    assert "resourceVersion" not in shown.body["metadata"]
    assert client("GET", maps(namespace, "a")).code == 404


def test_put_creates_where_the_resource_allows_it(client: Client, namespace: str) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/l"
    assert client("PUT", path, {"metadata": {"name": "l"}, "spec": {}}).code == 201


def test_server_side_apply_creates_and_keeps_owners(client: Client, namespace: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "1"}}
    path = maps(namespace, "a") + "?fieldManager="
    apply = "application/apply-patch+yaml"
    assert client("PATCH", path + "m1", body, media_type=apply).code == 201
    conflict = client("PATCH", path + "m2", {**body, "data": {"k": "2"}}, media_type=apply)
    assert (conflict.code, conflict.body["message"]) == (409, 'Apply failed with 1 conflict: conflict with "m1": .data.k')
    forced = client("PATCH", path + "m2&force=true", {**body, "data": {"k": "2"}}, media_type=apply)
    assert forced.body["data"] == {"k": "2"}


def test_yaml_in_and_out(client: Client, namespace: str) -> None:
    text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: yam}\ndata: {a: 'true', b: \"line\\nline\\n\"}\n"
    assert client("POST", maps(namespace), text, media_type="application/yaml").code == 201
    shown = client("GET", maps(namespace, "yam"), Accept="application/yaml")
    assert shown.headers["Content-Type"] == "application/yaml"
    assert 'data:\n  a: "true"\n  b: |\n    line\n    line\nkind: ConfigMap\n' in shown.body


@pytest.mark.parametrize(
    ("accept", "code"),
    [("*/*", 200), ("application/json, text/html", 200), ("text/html", 406), ("application/json;as=Nope;g=x;v=v1", 406)],
)
def test_negotiation(client: Client, namespace: str, accept: str, code: int) -> None:
    assert client("GET", maps(namespace), Accept=accept).code == code


def test_bodies_have_a_limit(client: Client, namespace: str) -> None:
    answer = client("POST", maps(namespace), b"x" * (3 * 1024 * 1024 + 1))
    assert (answer.code, answer.body["reason"]) == (413, "RequestEntityTooLarge")


def test_unknown_fields_warn_or_are_refused(client: Client, namespace: str) -> None:
    lenient = client("POST", maps(namespace), new("a", metdata={}))
    assert lenient.headers["Warning"] == '299 - "unknown field \\"metdata\\""'
    strict = client("POST", maps(namespace) + "?fieldValidation=Strict", new("b", metdata={}))
    assert strict.code == 400
    assert 'strict decoding error: unknown field "metdata"' in strict.body["message"]
