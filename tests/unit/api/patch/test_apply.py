"""Patch requests: results, refusals, warnings."""

import json
from typing import Any

import pytest

from kubegate.api.names import GroupVersionKind
from kubegate.api.patch.apply import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, apply_patch
from kubegate.api.status import Status, StatusError

CONFIG_MAP = GroupVersionKind("", "v1", "ConfigMap")
DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
NO_DETAILS = "the server rejected our request due to an error in our request"


def config_map() -> dict[str, Any]:
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "a", "labels": {"l": "1"}},
        "data": {"x": "1", "y": "2"},
    }


def deployment() -> dict[str, Any]:
    containers = [{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": containers}}}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
    meta = {"name": "d", "finalizers": ["x.y/a", "x.y/b"]}
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": meta, "spec": {**spec, "strategy": strategy}}


def patched(media: str, patch: Any, obj: dict[str, Any] | None = None, validation: str = "") -> dict[str, Any]:
    obj = obj or config_map()
    gvk = DEPLOYMENT if obj["kind"] == "Deployment" else CONFIG_MAP
    return apply_patch(media, json.dumps(patch).encode(), obj, gvk, validation)[0]


def refused(media: str, patch: Any, obj: dict[str, Any] | None = None, validation: str = "") -> Status:
    with pytest.raises(StatusError) as caught:
        patched(media, patch, obj, validation)
    return caught.value.status


@pytest.mark.parametrize(
    ("patch", "data"),
    [
        ([{"op": "replace", "path": "/data/x", "value": "9"}], {"x": "9", "y": "2"}),
        ([{"op": "replace", "path": "/data/new", "value": "9"}], {"x": "1", "y": "2", "new": "9"}),
        ([{"op": "add", "path": "/data/q"}], {"x": "1", "y": "2", "q": ""}),
        ([{"op": "remove", "path": "/data/y"}], {"x": "1"}),
        ([{"op": "copy", "from": "/data/x", "path": "/data/z"}], {"x": "1", "y": "2", "z": "1"}),
        ([{"op": "move", "from": "/data/x", "path": "/data/z"}], {"y": "2", "z": "1"}),
        ([{"op": "test", "path": "/data/x", "value": "1"}], {"x": "1", "y": "2"}),
        ([{"op": "add", "path": "/data", "value": {"a~/b": "1"}}, {"op": "remove", "path": "/data/a~0~1b"}], None),
        ([], {"x": "1", "y": "2"}),
    ],
)
def test_json_patch(patch: list[dict[str, Any]], data: dict[str, str] | None) -> None:
    assert patched(JSON_PATCH, patch).get("data") == data


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/none"},
        {"op": "test", "path": "/data/x", "value": "no"},
        {"op": "test", "path": "/data/x", "value": True},
        {"op": "nope", "path": "/data"},
        {"op": "add", "path": "/none/deep", "value": "1"},
        {"op": "add", "path": "/metadata/finalizers/-", "value": "a"},
        {"op": "add", "path": "data", "value": "1"},
        {"path": "/data/x", "value": "1"},
        {"op": "move", "from": "/data/none", "path": "/data/z"},
    ],
)
def test_a_json_patch_that_does_not_apply_is_refused_without_details(operation: dict[str, Any]) -> None:
    status = refused(JSON_PATCH, [operation])
    assert (status.code, status.reason, status.message, status.details) == (422, "Invalid", NO_DETAILS, {})


@pytest.mark.parametrize("kind", [["add"], {}, 1, None])
def test_an_operation_whose_name_is_no_text_does_not_apply(kind: Any) -> None:
    status = refused(JSON_PATCH, [{"op": kind, "path": "/data/x", "value": "1"}], validation="Ignore")
    assert (status.code, status.message) == (422, NO_DETAILS)


def test_lists_in_json_patches() -> None:
    patch = [
        {"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "last"}},
        {"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "first"}},
        {"op": "remove", "path": "/spec/template/spec/containers/-1"},
    ]
    made = patched(JSON_PATCH, patch, deployment())
    assert [c["name"] for c in made["spec"]["template"]["spec"]["containers"]] == ["first", "a", "b"]


@pytest.mark.parametrize(
    ("media", "patch", "message"),
    [
        (JSON_PATCH, {}, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        (JSON_PATCH, [1], "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
        (
            MERGE_PATCH,
            [],
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (STRATEGIC_PATCH, "x", "json: cannot unmarshal string into Go value of type map[string]interface {}"),
    ],
)
def test_what_is_no_patch(media: str, patch: Any, message: str) -> None:
    status = refused(media, patch)
    assert (status.code, status.message) == (400, message)


def test_too_many_operations() -> None:
    status = refused(JSON_PATCH, [{"op": "test", "path": "/data/x", "value": "1"}] * 10_001)
    expected = "The allowed maximum operations in a JSON patch is 10000, got 10001"
    assert (status.code, status.message) == (413, expected)


@pytest.mark.parametrize(
    ("patch", "data"),
    [
        ({"data": {"x": None}}, {"y": "2"}),
        ({"data": {"n": None, "k": "v"}}, {"x": "1", "y": "2", "k": "v"}),
        ({"data": None}, None),
        ({}, {"x": "1", "y": "2"}),
    ],
)
def test_merge_patch(patch: dict[str, Any], data: dict[str, str] | None) -> None:
    assert patched(MERGE_PATCH, patch).get("data") == data


def test_a_merge_patch_replaces_lists() -> None:
    assert patched(MERGE_PATCH, {"metadata": {"finalizers": ["n/m"]}}, deployment())["metadata"]["finalizers"] == ["n/m"]


def test_an_invalid_result_is_quoted_with_sorted_keys_where_the_patch_looked() -> None:
    status = refused(MERGE_PATCH, {"data": {"k": 5}})
    shown = (
        '{"apiVersion":"v1","data":{"k":5,"x":"1","y":"2"},"kind":"ConfigMap","metadata":{"name":"a","labels":{"l":"1"}}}'
    )
    problem = "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    assert status.code == 422
    assert status.message == f' "" is invalid: patch: Invalid value: {json.dumps(shown)}: {problem}'


def test_unknown_fields_warn_or_refuse() -> None:
    body = b'{"zzz": 1, "metadata": {"yyy": 2}}'
    _, warnings = apply_patch(MERGE_PATCH, body, config_map(), CONFIG_MAP, "")
    assert sorted(warnings) == ['unknown field "metadata.yyy"', 'unknown field "zzz"']
    assert apply_patch(MERGE_PATCH, body, config_map(), CONFIG_MAP, "Ignore")[1] == []
    status = refused(STRATEGIC_PATCH, {"zzz": 1}, validation="Strict")
    assert status.message == ' "" is invalid: patch: Invalid value: "map[zzz:1]": strict decoding error: unknown field "zzz"'


def test_json_patch_complaints_name_the_operation() -> None:
    body = b'[{"op":"add","path":"/metadata/labels","value":{"a":"b","a":"c"},"foo":1}]'
    obj, warnings = apply_patch(JSON_PATCH, body, config_map(), CONFIG_MAP, "")
    assert obj["metadata"]["labels"] == {"a": "c"}
    assert warnings == [
        'json patch duplicate field "[0].value.a"',
        'json patch unknown field "[0].foo"',
        'duplicate field "metadata.labels.a"',
    ]


def containers(patch: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    made = patched(STRATEGIC_PATCH, {"spec": {"template": {"spec": {"containers": patch, **more}}}}, deployment())
    found: list[dict[str, Any]] = made["spec"]["template"]["spec"]["containers"]
    return found


def test_strategic_merge_by_key() -> None:
    assert [(c["name"], c.get("image")) for c in containers([{"name": "b", "image": "b:2"}])] == [("a", "a:1"), ("b", "b:2")]
    assert [c["name"] for c in containers([{"name": "c", "image": "c"}])] == ["c", "a", "b"]
    assert containers([{"name": "a", "env": [{"name": "Y", "value": "2"}]}])[0]["env"] == [
        {"name": "Y", "value": "2"},
        {"name": "X", "value": "1"},
    ]


def test_strategic_directives_in_lists() -> None:
    assert [c["name"] for c in containers([{"name": "a", "$patch": "delete"}])] == ["b"]
    assert [c["name"] for c in containers([{"$patch": "replace"}, {"name": "z"}])] == ["z"]
    ordered = {"$setElementOrder/containers": [{"name": "b"}, {"name": "z"}, {"name": "a"}]}
    assert [c["name"] for c in containers([{"name": "z"}], **ordered)] == ["b", "z", "a"]


def test_strategic_directives_in_objects() -> None:
    made = patched(STRATEGIC_PATCH, {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}, deployment())
    assert made["spec"]["strategy"] == {"type": "Recreate"}
    made = patched(STRATEGIC_PATCH, {"spec": {"strategy": {"$patch": "replace", "type": "Recreate"}}}, deployment())
    assert made["spec"]["strategy"] == {"type": "Recreate"}


def test_directives_mean_nothing_where_there_was_nothing() -> None:
    spec = {"volumes": [{"name": "v", "$patch": "delete"}, {"name": "w", "emptyDir": {"medium": None}}]}
    made = patched(STRATEGIC_PATCH, {"spec": {"template": {"spec": spec}}}, deployment())
    assert made["spec"]["template"]["spec"]["volumes"] == [{"name": "w", "emptyDir": {}}]
    made = patched(STRATEGIC_PATCH, {"spec": {"template": {"spec": {"affinity": {"$patch": "replace"}}}}}, deployment())
    assert "affinity" not in made["spec"]["template"]["spec"]
    made = patched(STRATEGIC_PATCH, {"metadata": {"$deleteFromPrimitiveList/ownerReferences": ["x"]}}, deployment())
    assert "ownerReferences" not in made["metadata"]


def test_primitive_lists_merge_and_lose_items() -> None:
    made = patched(STRATEGIC_PATCH, {"metadata": {"finalizers": ["x.y/c", "x.y/a"]}}, deployment())
    assert made["metadata"]["finalizers"] == ["x.y/c", "x.y/a", "x.y/b"]
    made = patched(STRATEGIC_PATCH, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x.y/a"]}}, deployment())
    assert made["metadata"]["finalizers"] == ["x.y/b"]


@pytest.mark.parametrize(
    ("patch", "code", "message"),
    [
        ({"$patch": "nope"}, 500, "unknown patch type: nope in map: map[$patch:nope]"),
        (
            {"spec": {"template": {"spec": {"containers": [{"image": "noname"}]}}}},
            500,
            "map: map[image:noname] does not contain declared merge key: name",
        ),
        ({"spec": {"strategy": {"$retainKeys": "type"}}}, 400, "invalid patch format of retainKeys"),
        ({"metadata": {"$setElementOrder": []}}, 400, "invalid patch format of setElementOrder list"),
        ({"metadata": {"finalizers": [["a"]]}}, 500, "list element types are not identical: [[x.y/a x.y/b] [[a]]]"),
    ],
)
def test_bad_strategic_patches(patch: dict[str, Any], code: int, message: str) -> None:
    status = refused(STRATEGIC_PATCH, patch, deployment())
    assert (status.code, status.message) == (code, message)


@pytest.mark.parametrize(
    ("patch", "problem"),
    [
        ({"data": {"k": 5}}, "cannot convert int64 to string"),
        ({"data": {"k": True}}, "unrecognized type: string"),
        ({"data": "x"}, "cannot restore map from string"),
        ({"metadata": "x"}, "cannot restore struct from: string"),
        ({"metadata": {"finalizers": "x"}}, "cannot restore slice from string"),
    ],
)
def test_the_converter_of_strategic_patches_has_words_of_its_own(patch: dict[str, Any], problem: str) -> None:
    assert refused(STRATEGIC_PATCH, patch).message.endswith(f": {problem}")
