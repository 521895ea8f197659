"""Custom objects in other versions: renamed, or converted by a webhook that must not change who they are."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.errors import Unavailable
from kubegate.outbound.exchange import Answer
from kubegate.registry.custom.conversion import Webhooks
from kubegate.registry.custom.kind import compile_kinds
from kubegate.registry.custom.strategy import CustomRegistry

FAILED = "conversion webhook for x.io/v1, Kind=Foo "
VERSION = "returned invalid object: invalid groupVersion"


class Remote:
    """Stands for the webhook: answers with what ``respond`` makes of the request's objects."""

    def __init__(self, respond: Callable[[dict[str, Any]], Any]) -> None:
        self.respond = respond
        self.seen: list[dict[str, Any]] = []

    def post(self, config: Mapping[str, Any], body: bytes, timeout: int, *, tell: bool = True) -> Answer:
        review = json.loads(body)
        self.seen.append(review)
        made = self.respond(review["request"])
        if isinstance(made, Answer):
            return made
        response = {"uid": review["request"]["uid"], "result": {"status": "Success"}, "convertedObjects": made}
        response |= made if isinstance(made, dict) else {}
        whole = {"apiVersion": review["apiVersion"], "kind": "ConversionReview", "response": response}
        return Answer(200, json.dumps(whole).encode(), {"content-type": "application/json"})


def version(name: str, field: str, **more: Any) -> Object:
    schema = {"type": "object", "properties": {field: {"type": "string", "default": "filled"}}}
    return {"name": name, "served": True, "storage": False, "schema": {"openAPIV3Schema": schema}, **more}


def definition(strategy: str = "Webhook", **v1: Any) -> Object:
    names = {"plural": "foos", "kind": "Foo", "listKind": "FooList"}
    webhook = {"conversionReviewVersions": ["v7", "v1"], "clientConfig": {"url": "https://x"}}
    return {
        "metadata": {"name": "foos.x.io"},
        "spec": {
            "group": "x.io",
            "scope": "Namespaced",
            "names": names,
            "conversion": {"strategy": strategy, "webhook": webhook},
            "versions": [version("v1", "one", storage=True, **v1), version("v2", "two")],
        },
        "status": {"acceptedNames": names, "conditions": [{"type": "Established", "status": "True"}]},
    }


def obj(name: str = "a", api_version: str = "x.io/v1", **more: Any) -> Object:
    meta = {"name": name, "namespace": "n", "uid": "u", "resourceVersion": "5", "labels": {"l": "1"}}
    return {"apiVersion": api_version, "kind": "Foo", "metadata": meta, **more}


def registry(remote: Any, described: Object | None = None) -> tuple[CustomRegistry, Any, Any]:
    kinds = {kind.gvr.version: kind for kind in compile_kinds(described or definition())}
    made = CustomRegistry(lambda resource: kinds.get(resource.version), Webhooks(remote, lambda: "id"))
    return made, kinds.get("v1"), kinds["v2"]


def moved(request: dict[str, Any]) -> list[Object]:
    """What a good webhook does: ``one`` becomes ``two``."""
    made = copy.deepcopy(request["objects"])
    for item in made:
        item["two" if request["desiredAPIVersion"].endswith("v2") else "one"] = item.pop("one", None) or item.pop("two")
        item["apiVersion"] = request["desiredAPIVersion"]
    return made


def test_a_list_is_converted_in_one_request() -> None:
    remote = Remote(moved)
    rules, _, v2 = registry(remote)
    found = rules.all_from_storage(v2.gvr, [obj("a", one="1"), obj("b", "x.io/v2", two="2"), obj("c", one="3")])
    assert [(item["metadata"]["name"], item["two"], item["apiVersion"]) for item in found] == [
        ("a", "1", "x.io/v2"),
        ("b", "2", "x.io/v2"),
        ("c", "3", "x.io/v2"),
    ]
    (review,) = remote.seen
    assert review["apiVersion"] == "apiextensions.k8s.io/v1"
    assert review["request"]["uid"] == "id"
    assert [item["metadata"]["name"] for item in review["request"]["objects"]] == ["a", "c"]


def test_nobody_is_asked_about_objects_that_are_in_the_version() -> None:
    remote = Remote(moved)
    rules, v1, _ = registry(remote)
    assert rules.from_storage(v1.gvr, obj(one="1")) == obj(one="1")
    assert remote.seen == []


def test_a_version_that_is_stored_need_not_be_served() -> None:
    rules, v1, v2 = registry(Remote(moved), definition(served=False))
    assert v1 is None
    assert rules.to_storage(v2.gvr, obj(api_version="x.io/v2", two="1")) == obj(one="1")


def test_without_a_webhook_only_the_name_changes() -> None:
    rules, _, v2 = registry(Remote(moved), definition("None"))
    assert rules.from_storage(v2.gvr, obj(one="1")) == obj(api_version="x.io/v2", two="filled")


def test_of_the_metadata_only_labels_and_annotations_are_taken() -> None:
    def respond(request: dict[str, Any]) -> list[Object]:
        (made,) = moved(request)
        made["metadata"] |= {"labels": {"l": "2"}, "annotations": {"a": "b"}, "finalizers": ["x/y"], "resourceVersion": "9"}
        return [made]

    rules, _, v2 = registry(Remote(respond))
    meta = rules.from_storage(v2.gvr, obj(one="1"))["metadata"]
    assert meta == obj()["metadata"] | {"labels": {"l": "2"}, "annotations": {"a": "b"}}


def changed(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    def respond(request: dict[str, Any]) -> Any:
        (made,) = moved(request)
        meta = fields.get("metadata")
        made |= fields
        if isinstance(meta, dict):
            made["metadata"] = {**obj()["metadata"], **meta}
        return [made]

    return respond


def said(**response: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda request: response


@pytest.mark.parametrize(
    ("respond", "problem"),
    [
        (said(uid="other"), 'failed: expected response.uid="id", got "other"'),
        (said(result={"status": "Failure", "message": "no way"}), "failed: no way"),
        (said(result={}), "failed: response.result.status was '', not 'Success'"),
        (said(convertedObjects=[]), "returned 0 objects, expected 1"),
        (
            changed(apiVersion="x.io/v3"),
            "returned invalid object: invalid groupVersion (expected x.io/v2, received x.io/v3)",
        ),
        (changed(kind="Bar"), "returned invalid object: invalid kind (expected Foo, received Bar)"),
        (changed(metadata={"name": "b"}), "returned invalid object: must have the same name: a != b"),
        (changed(metadata={"uid": "w"}), "returned invalid object: must have the same UID: u != w"),
        (
            changed(metadata={"labels": {"l": 1}}),
            "returned invalid metadata: metadata.labels[l] must be a string, but is int64 in converted object",
        ),
        (
            changed(metadata={"labels": []}),
            "returned invalid metadata: invalid metadata.labels of type []interface {} in converted object",
        ),
        (
            lambda request: Answer(404, b"404 page not found", {"content-type": "text/plain"}),
            "failed: the server could not find the requested resource",
        ),
    ],
)
def test_what_is_no_conversion(respond: Any, problem: str) -> None:
    rules, _, v2 = registry(Remote(respond))
    with pytest.raises(StatusError) as caught:
        rules.from_storage(v2.gvr, obj(one="1"))
    status = caught.value.status
    assert (status.code, status.message) == (500, FAILED + problem)


def test_a_webhook_that_is_not_there() -> None:
    def respond(request: dict[str, Any]) -> Any:
        raise Unavailable('Post "https://x": dial tcp: connection refused')

    rules, _, v2 = registry(Remote(respond))
    with pytest.raises(StatusError, match=r'failed: Post "https://x": dial tcp: connection refused'):
        rules.from_storage(v2.gvr, obj(one="1"))


def test_no_version_of_the_review_is_known() -> None:
    described = definition()
    described["spec"]["conversion"]["webhook"]["conversionReviewVersions"] = ["v7"]
    rules, _, v2 = registry(Remote(moved), described)
    with pytest.raises(StatusError, match="no supported conversion review versions"):
        rules.from_storage(v2.gvr, obj(one="1"))
