"""Bodies into objects, in the words of the server."""

import json
from typing import Any

import pytest

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema import gojson
from kubegate.api.schema.decode import decode, normalize
from kubegate.api.schema.errors import DecodeError
from kubegate.api.status import StatusError

CONFIG_MAP = GroupVersionKind("", "v1", "ConfigMap")
POD = GroupVersionKind("", "v1", "Pod")
DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
CRD = GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
JSON, YAML = "application/json", "application/yaml"
_SCHEME = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'
_PARSE = "couldn't get version/kind; json parse error:"
_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'


def read(body: str, gvk: GroupVersionKind = CONFIG_MAP, media: str = JSON, validation: str = "Ignore") -> dict:
    return decode(body.encode(), media, gvk, validation)[0]


def refusal(body: str, gvk: GroupVersionKind = CONFIG_MAP, media: str = JSON, validation: str = "") -> str:
    with pytest.raises(StatusError) as caught:
        decode(body.encode(), media, gvk, validation)
    assert caught.value.status.code == 400
    return caught.value.status.message


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        (
            "[]",
            f"{_PARSE} json: cannot unmarshal array into Go value of type {_META} (5b5d)",
        ),
        ("", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
        (
            "{not json",
            _PARSE + " invalid character 'n' looking for beginning of object key string ({not json)",
        ),
        (
            '{"kind": 5}',
            _PARSE + ' json: cannot unmarshal number into Go struct field .kind of type string ({"kind": 5})',
        ),
        ('{"apiVersion": "a/b/c"}', 'unexpected GroupVersion string: a/b/c ({"apiVersion": "a/b/c"})'),
    ],
)
def test_what_is_no_object_is_unrecognized(body: str, summary: str) -> None:
    assert refusal(body) == f"the object provided is unrecognized (must be of type ConfigMap): {summary}"


@pytest.mark.parametrize(
    ("gvk", "body", "problem"),
    [
        (
            CONFIG_MAP,
            '{"data": []}',
            "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string",
        ),
        (
            CONFIG_MAP,
            '{"data": {"a": 1}}',
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        (
            CONFIG_MAP,
            '{"metadata": {"labels": {"a": true}}}',
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (CONFIG_MAP, '{"binaryData": {"a": "!"}}', "illegal base64 data at input byte 0"),
        (
            DEPLOYMENT,
            '{"spec": {"selector": "x"}}',
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector",
        ),
        (
            POD,
            '{"spec": {"containers": [{"ports": [{"containerPort": 1.5}]}]}}',
            "json: cannot unmarshal number 1.5 into Go struct field "
            "ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            POD,
            '{"spec": {"containers": [{"resources": {"limits": {"cpu": "x"}}}]}}',
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            POD,
            '{"metadata": {"deletionTimestamp": "soon"}}',
            'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
        ),
    ],
)
def test_wrong_types_are_named_as_go_does(gvk: GroupVersionKind, body: str, problem: str) -> None:
    assert refusal(body, gvk) == f'{gvk.kind} in version "{gvk.version}" cannot be handled as a {gvk.kind}: {problem}'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            '{"kind": "Pod"}',
            'Pod in version "v1" cannot be handled as a ConfigMap: '
            "converting (v1.Pod) to (core.ConfigMap): unknown conversion",
        ),
        (
            '{"kind": "Foo"}',
            'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" ' + _SCHEME,
        ),
        (
            '{"apiVersion": "v2"}',
            'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" '
            + _SCHEME,
        ),
    ],
)
def test_other_kinds_are_refused(body: str, problem: str) -> None:
    assert refusal(body) == problem


def test_another_registered_version_does_not_match() -> None:
    body = '{"apiVersion": "apps/v1beta1", "kind": "Deployment"}'
    expected = "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)"
    assert refusal(body, DEPLOYMENT) == expected


def test_a_body_may_leave_out_what_the_path_says() -> None:
    assert read("null") == {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {}}


UNKNOWN = '{"metadata": {"name": "x", "bar": 2}, "foo": 1}'
TWICE = '{"metadata":{"labels":{"a":"b"},"labels":{"a":"c"}},"data":{"k":"1","k":"2"},"data":{"k":"3"}}'


@pytest.mark.parametrize(
    ("body", "complaints"),
    [
        (UNKNOWN, ['unknown field "metadata.bar"', 'unknown field "foo"']),
        (TWICE, ['duplicate field "metadata.labels"', 'duplicate field "data.k"', 'duplicate field "data"']),
    ],
)
def test_field_validation(body: str, complaints: list[str]) -> None:
    for validation in ("", "Warn"):
        assert decode(body.encode(), JSON, CONFIG_MAP, validation)[1] == complaints
    assert decode(body.encode(), JSON, CONFIG_MAP, "Ignore")[1] == []
    assert refusal(body, validation="Strict").endswith(f"strict decoding error: {', '.join(complaints)}")


def test_unknown_fields_of_list_items_are_named_by_position() -> None:
    body = b'{"spec": {"containers": [{"name": "a"}, {"name": "b", "x": 1}]}}'
    assert decode(body, JSON, POD, "")[1] == ['unknown field "spec.containers[1].x"']


def test_objects_that_stand_twice_are_merged() -> None:
    assert read('{"data": {"a": "1"}, "data": {"b": "2"}}')["data"] == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ('"hostname": "a", "hostname": ""', {}),
        ('"hostname": "a", "hostname": null', {"hostname": "a"}),
        ('"hostNetwork": true, "hostNetwork": false', {}),
        ('"priority": 1, "priority": null', {}),
        ('"tolerations": [{"key": "a"}], "tolerations": []', {}),
        ('"nodeSelector": {"a": "b"}, "nodeSelector": null', {}),
    ],
)
def test_empty_values_overwrite_what_stood_before_and_null_what_may_be_null(fields: str, left: dict[str, Any]) -> None:
    obj = decode(f'{{"spec": {{"containers": [], {fields}}}}}'.encode(), JSON, POD)[0]
    assert {key: obj["spec"].get(key) for key in ("hostname", "hostNetwork", "priority", "tolerations", "nodeSelector")} == {
        **dict.fromkeys(("hostname", "hostNetwork", "priority", "tolerations", "nodeSelector")),
        **left,
    }


def test_unknown_fields_inside_the_unions_of_schemas_are_silent() -> None:
    body = b'{"spec": {"versions": [{"schema": {"openAPIV3Schema": {"items": {"foo": 1}, "bar": 1}}}]}}'
    assert decode(body, JSON, CRD, "")[1] == ['unknown field "spec.versions[0].schema.openAPIV3Schema.bar"']


def test_yaml_is_1_1_and_complains_of_keys_by_line() -> None:
    body = "metadata:\n  name: a\n  name: b\ndata: {a: b, a: c}\n"
    obj, warnings = decode(body.encode(), YAML, CONFIG_MAP, "")
    assert (obj["metadata"]["name"], obj["data"]) == ("b", {"a": "c"})
    assert warnings == ['line 3: key "name" already set in map', 'line 4: key "a" already set in map']
    assert "cannot unmarshal bool into Go struct field ObjectMeta.metadata.name" in refusal(
        "metadata: {name: y}", media=YAML
    )
    assert refusal("a: [", media=YAML).endswith("yaml: line 1: did not find expected node content (613a205b)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 8),
        ("0x1f", 31),
        ("1_000", 1000),
        ("1.50", 1.5),
        ("on", True),
        ("~", None),
        ("2001-01-01", "2001-01-01"),
        ("1:30", "1:30"),
        ("'5'", "5"),
        ("<<", "<<"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    from kubegate.api.schema import goyaml

    assert goyaml.parse(f"a: {text}".encode())[0] == {"a": value}


def test_merge_keys_give_way_to_own_keys() -> None:
    from kubegate.api.schema import goyaml

    body = b"base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\n"
    assert goyaml.parse(body)[0]["own"] == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("gvk", "body", "wanted"),
    [
        (CONFIG_MAP, {"data": {}, "immutable": False}, {"metadata": {}, "immutable": False}),
        (DEPLOYMENT, {"spec": {"paused": False}}, None),
        (
            GroupVersionKind("", "v1", "Event"),
            {},
            {
                "metadata": {},
                "involvedObject": {},
                "source": {},
                "firstTimestamp": None,
                "lastTimestamp": None,
                "eventTime": None,
                "reportingComponent": "",
                "reportingInstance": "",
            },
        ),
        (GroupVersionKind("rbac.authorization.k8s.io", "v1", "ClusterRole"), {}, {"metadata": {}, "rules": None}),
    ],
)
def test_zero_values_are_printed_as_go_prints_them(gvk: GroupVersionKind, body: dict, wanted: dict | None) -> None:
    wanted = wanted or {
        "metadata": {},
        "spec": {"selector": None, "template": {"metadata": {}, "spec": {"containers": None}}, "strategy": {}},
        "status": {},
    }
    assert normalize(gvk, body) == {"kind": gvk.kind, "apiVersion": gvk.api_version, **wanted}


def test_values_become_canonical() -> None:
    pod = {
        "metadata": {"deletionTimestamp": "2020-01-01T01:00:00.5+01:00"},
        "spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}]},
    }
    made = normalize(POD, pod)
    assert made["metadata"]["deletionTimestamp"] == "2020-01-01T00:00:00Z"
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m", "memory": "1Gi"}}


def test_normalizing_is_idempotent_and_keeps_the_order_of_fields() -> None:
    once = normalize(POD, {"status": {"phase": "Running"}, "spec": {"containers": []}, "metadata": {"name": "x"}})
    assert list(once) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert normalize(POD, once) == once


def test_normalizing_refuses_wrong_types() -> None:
    with pytest.raises(DecodeError):
        normalize(POD, {"spec": 5})


def test_lone_surrogates_and_bad_bytes_become_the_replacement_character() -> None:
    assert read('{"data": {"a": "\\ud800"}}')["data"] == {"a": "\ufffd"}
    assert decode(b'{"data": {"a": "\xff"}}', JSON, CONFIG_MAP, "")[0]["data"] == {"a": "\ufffd"}


@pytest.mark.parametrize("body", ["[" * 20_000, '{"a":' * 20_000])
def test_depth_is_an_error_not_a_crash(body: str) -> None:
    assert refusal(body)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_what_nests_too_deep_is_not_read(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    assert gojson.parse(nested(gojson.MAX_DEPTH))
    for depth in (gojson.MAX_DEPTH + 1, 900, 100_000):
        with pytest.raises(DecodeError, match="exceeded max depth"):
            gojson.parse(nested(depth))


def test_brackets_in_texts_and_side_by_side_do_not_nest() -> None:
    value = {"a": "[{" * 1000, "b": [[{}] for _ in range(1000)]}
    assert gojson.parse(json.dumps(value).encode()) == value
