"""Ownership of fields: updates, applies, conflicts, removals."""

import copy
import json
from typing import Any

import pytest

from kubegate.api.apply.field_set import FieldSet
from kubegate.api.apply.manager import Writer, manager_name, reset_fields, server_side_apply, track_update
from kubegate.api.apply.managers import ManagerKey, Owned, cap_updaters, decode
from kubegate.api.apply.request import apply_request
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.decode import normalize
from kubegate.api.status import Status, StatusError

CONFIG_MAP = GroupVersionKind("", "v1", "ConfigMap")
DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def writer(name: str = "m1", gvk: GroupVersionKind = CONFIG_MAP, now: str = NOW, **more: Any) -> Writer:
    return Writer(gvk, name, now, **more)


def config_map(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": dict(data)}


def apply(live: Object | None, config: Object, name: str = "m1", *, force: bool = False, now: str = NOW) -> Object:
    gvk = DEPLOYMENT if config["kind"] == "Deployment" else CONFIG_MAP
    made = server_side_apply(live, config, writer(name, gvk, now), force=force)
    made["metadata"].setdefault("uid", "u")
    return made


def refused(*args: Any, **more: Any) -> Status:
    with pytest.raises(StatusError) as caught:
        apply(*args, **more)
    return caught.value.status


def owners(obj: Object) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", ())}


def created(obj: Object, name: str = "m1", gvk: GroupVersionKind = CONFIG_MAP, **more: Any) -> Object:
    made = normalize(gvk, copy.deepcopy(obj))
    track_update(None, made, writer(name, gvk, **more))
    made["metadata"]["uid"] = "u"
    return made


def updated(live: Object, change: Object, name: str, now: str = LATER) -> Object:
    made = {**copy.deepcopy(live), **change}
    track_update(live, made, writer(name, now=now))
    return made


def test_a_create_owns_what_it_sets_and_no_identity() -> None:
    assert owners(created(config_map(x="1"))) == {"m1": {"f:data": {".": {}, "f:x": {}}}}
    assert "managedFields" not in created(config_map())["metadata"]


def test_defaults_that_go_always_prints_belong_to_nobody_but_set_ones_do() -> None:
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    container = {".": {}, "f:name": {}, "f:image": {}, "f:resources": {}}
    fields = {"f:selector": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"c"}': container}}}}
    assert owners(created(obj, gvk=DEPLOYMENT)) == {"m1": {"f:spec": fields}}


def test_an_update_takes_what_it_changes_from_the_others() -> None:
    live = created(config_map(x="1", y="2"))
    made = updated(live, {"data": {"x": "9", "y": "2"}}, "m2")
    assert owners(made) == {"m1": {"f:data": {".": {}, "f:y": {}}}, "m2": {"f:data": {"f:x": {}}}}


def test_removed_fields_belong_to_nobody() -> None:
    live = created(config_map(x="1", y="2"))
    assert owners(updated(live, {"data": {"x": "1"}}, "m2")) == {"m1": {"f:data": {".": {}, "f:x": {}}}}


def test_the_time_of_an_entry_changes_with_its_fields_only() -> None:
    live = created(config_map(x="1"))
    assert updated(live, {"data": {"x": "2"}}, "m1")["metadata"]["managedFields"][0]["time"] == NOW
    assert updated(live, {"data": {"x": "1", "y": "2"}}, "m1")["metadata"]["managedFields"][0]["time"] == LATER


def test_what_was_never_tracked_stays_untracked() -> None:
    live = {**config_map(), "metadata": {"name": "a", "uid": "u"}}
    assert owners(updated(live, {"data": {"x": "1"}}, "m1")) == {}


def test_a_client_may_reset_and_may_not_lose_managed_fields() -> None:
    live = created(config_map(x="1"))
    without = copy.deepcopy(live)
    del without["metadata"]["managedFields"]
    track_update(live, without, writer("m2"))
    assert owners(without) == owners(live)
    reset = copy.deepcopy(live)
    reset["metadata"]["managedFields"] = [{}]
    track_update(live, reset, writer("m2"))
    assert owners(reset) == {}


def test_an_entry_that_cannot_be_read_never_fails_a_write() -> None:
    live = created(config_map(x="1"))
    made = copy.deepcopy(live)
    made["metadata"]["managedFields"] = [{"manager": "x", "operation": "Nope"}]
    track_update(live, made, writer("m2"))
    assert owners(made) == owners(live)


def test_status_is_owned_through_its_own_endpoint() -> None:
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "status": {"replicas": 1}}
    main = reset_fields("", has_status=True, resource="deployments.apps")
    status = reset_fields("status", has_status=True, resource="deployments.apps")
    assert owners(created(obj, gvk=DEPLOYMENT, ignored=main)) == {}
    found = created(obj, gvk=DEPLOYMENT, subresource="status", ignored=status)["metadata"]["managedFields"]
    assert [(entry["subresource"], entry["fieldsV1"]) for entry in found] == [("status", {"f:status": {"f:replicas": {}}})]


def test_apply_creates_and_repeats_without_a_trace() -> None:
    first = apply(None, config_map(x="1"))
    assert owners(first) == {"m1": {"f:data": {"f:x": {}}}}
    again = apply(first, config_map(x="1"), now=LATER)
    assert again["metadata"]["managedFields"] == first["metadata"]["managedFields"]


def test_apply_removes_what_it_no_longer_wants() -> None:
    first = apply(None, config_map(x="1", y="2"))
    assert apply(first, config_map(x="1"))["data"] == {"x": "1"}


def test_apply_keeps_what_others_own() -> None:
    live = updated(apply(None, config_map(x="1")), {"data": {"x": "1", "y": "2"}}, "editor")
    made = apply(live, config_map(x="3"))
    assert made["data"] == {"x": "3", "y": "2"}


def test_conflicts_name_the_owner_and_the_field() -> None:
    status = refused(apply(None, config_map(x="1")), config_map(x="2"), "m2")
    assert (status.code, status.reason) == (409, "Conflict")
    assert status.message == 'Apply failed with 1 conflict: conflict with "m1": .data.x'
    assert status.details == {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "m1"', "field": ".data.x"}]
    }


def test_several_conflicts_are_listed_by_manager() -> None:
    live = apply(updated(created(config_map(x="1")), {"data": {"x": "1", "y": "2"}}, "m0"), config_map(x="1"), "m3")
    status = refused(live, config_map(x="9", y="9"), "m2")
    assert status.message == (
        "Apply failed with 3 conflicts: "
        'conflicts with "m0" using v1:\n- .data.y\nconflicts with "m1" using v1:\n- .data.x\nconflicts with "m3":\n- .data.x'
    )


def test_force_takes_over() -> None:
    made = apply(apply(None, config_map(x="1")), config_map(x="2"), "m2", force=True)
    assert (made["data"], owners(made)) == ({"x": "2"}, {"m2": {"f:data": {"f:x": {}}}})


def test_equal_values_are_shared() -> None:
    made = apply(apply(None, config_map(x="1")), config_map(x="1"), "m2")
    assert set(owners(made)) == {"m1", "m2"}


def deployment(*containers: Object) -> Object:
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": list(containers)}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def names(obj: Object) -> list[str]:
    return [c["name"] for c in obj["spec"]["template"]["spec"]["containers"]]


def test_list_items_merge_by_key_in_order() -> None:
    live = apply(None, deployment({"name": "a", "image": "i"}, {"name": "b", "image": "i"}))
    made = apply(live, deployment({"name": "z", "image": "i"}, {"name": "b", "image": "i"}), "m2")
    assert names(made) == ["a", "z", "b"]
    assert names(apply(made, deployment({"name": "b", "image": "i"}), "m2")) == ["a", "b"]


def test_keys_may_have_defaults() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]
    made = apply(None, deployment({"name": "a", "image": "i", "ports": ports}))
    found = json.dumps(owners(made))
    assert r"k:{\"containerPort\":80,\"protocol\":\"TCP\"}" in found
    assert r"k:{\"containerPort\":80,\"protocol\":\"UDP\"}" in found


@pytest.mark.parametrize(
    ("config", "code", "message"),
    [
        ({**config_map(), "kind": "Secret"}, 400, "invalid object type: /v1, Kind=Secret"),
        (
            {**config_map(), "metadata": {"name": "a", "managedFields": []}},
            400,
            "metadata.managedFields must be nil",
        ),
        (
            {**config_map(), "zzz": 1},
            500,
            "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .zzz: field not declared in schema",
        ),
        (
            {**config_map(), "data": "x"},
            500,
            "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data: expected map, got &{x}",
        ),
    ],
)
def test_configurations_that_cannot_be_applied(config: Object, code: int, message: str) -> None:
    status = refused(None, config)
    assert (status.code, status.message) == (code, message)


def test_an_item_may_stand_once() -> None:
    status = refused(None, deployment({"name": "a"}, {"name": "a"}))
    problem = '.spec.template.spec.containers: duplicate entries for key [name="a"]'
    assert status.message == f"failed to create typed patch object (/d; apps/v1, Kind=Deployment): {problem}"


def test_client_side_apply_hands_over_to_kubectl_server_side() -> None:
    last = json.dumps(config_map(x="1"))
    note = {"kubectl.kubernetes.io/last-applied-configuration": last}
    live = created({**config_map(x="1"), "metadata": {"name": "a", "annotations": note}}, "kubectl-client-side-apply")
    made = apply(live, config_map(x="2"), "kubectl")
    assert made["data"] == {"x": "2"}
    assert '"x":"2"' in made["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert refused(live, config_map(x="2"), "other").code == 409


def test_yaml_requests() -> None:
    obj, warnings = apply_request(b"{apiVersion: v1, kind: ConfigMap, data: {a: b, a: c}}", None, writer(), force=False)
    assert (obj["data"], warnings) == ({"a": "c"}, ['line 1: key "a" already set in map'])
    with pytest.raises(StatusError) as caught:
        apply_request(b"a: [", None, writer(), force=False)
    expected = "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content"
    assert caught.value.status.message == expected


@pytest.mark.parametrize("metadata", ["text", 1, [1], True])
def test_metadata_that_is_no_object_is_refused(metadata: Any) -> None:
    status = refused(None, {**config_map(x="1"), "metadata": metadata})
    assert status.code == 500
    assert status.message.startswith("failed to create typed patch object (/; /v1, Kind=ConfigMap): .metadata: expected map")


def test_a_number_out_of_range_is_refused() -> None:
    config: Object = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 2**63}}
    assert refused(None, config).message.startswith("failed to convert new object to proper version: ")


def test_manager_names() -> None:
    assert manager_name("me", "curl/8") == "me"
    assert manager_name("", "kubectl/v1.36 (linux)") == "kubectl"
    assert len(manager_name("", "x" * 500)) == 128


def test_the_oldest_updaters_are_merged_into_one() -> None:
    managed = {
        ManagerKey(f"m{n:02}", "Update", "v1", ""): Owned(FieldSet.of((f"f:{n}",)), "v1", f"2026-01-{n + 1:02}T00:00:00Z")
        for n in range(12)
    }
    cap_updaters(managed)
    bucket = managed[ManagerKey("ancient-changes", "Update", "v1", "")]
    assert len(managed) == 10
    assert set(bucket.fields.to_fields_v1()) == {"f:0", "f:1", "f:2"}


def test_entries_must_say_what_they_are() -> None:
    with pytest.raises(ValueError, match="apiVersion must not be empty"):
        decode([{"operation": "Apply"}])
