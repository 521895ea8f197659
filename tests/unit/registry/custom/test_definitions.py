"""CustomResourceDefinitions: defaults, validation, compiled kinds."""

import base64
import copy
from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.registry.catalog import build_registry
from kubegate.registry.custom.definition import DEFINITION
from kubegate.registry.custom.kind import compile_kinds, version_order
from kubegate.registry.custom.reading import decode_custom
from kubegate.registry.custom.resources import CustomResources
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.registry.interface import WriteContext

GVR = GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions")
SCHEMA: Object = {
    "type": "object",
    "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}},
}


PLAIN: Object = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
WEBHOOK: Object = {
    "strategy": "Webhook",
    "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://a.example"}},
}


def definition(schema: Object | None = None, **spec: Any) -> Object:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or SCHEMA}}
    version["subresources"] = {"status": {}}
    names = {"plural": "bads", "singular": "bad", "kind": "Bad", "shortNames": ["b"]}
    body: Object = {"group": "x.example.com", "scope": "Namespaced", "names": names, "versions": [version], **spec}
    return {"metadata": {"name": "bads.x.example.com"}, "spec": copy.deepcopy(body)}


def established() -> Object:
    obj = definition()
    names = {**obj["spec"]["names"], "listKind": "BadList"}
    obj["status"] = {
        "acceptedNames": names,
        "conditions": [{"type": "Established", "status": "True"}],
        "storedVersions": ["v1"],
    }
    return obj


def complaints(obj: Object) -> list[str]:
    registry, context = build_registry(), WriteContext()
    registry.default(GVR, obj)
    registry.prepare_create(GVR, obj, context)
    return [str(error) for error in registry.validate_create(GVR, obj, context)]


def test_it_is_in_the_registry() -> None:
    assert build_registry().strategy(GVR) is DEFINITION


def test_defaults() -> None:
    obj = definition(names={"plural": "bads", "kind": "Bad"})
    build_registry().default(GVR, obj)
    assert obj["spec"]["names"] == {"plural": "bads", "kind": "Bad", "singular": "bad", "listKind": "BadList"}
    assert obj["spec"]["conversion"] == {"strategy": "None"}


def test_a_good_one() -> None:
    obj = definition()
    assert complaints(obj) == []
    assert (obj["metadata"]["generation"], obj["status"]["storedVersions"]) == (1, ["v1"])


PATH = "spec.validation.openAPIV3Schema"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {}}, f"{PATH}.type: Required value: must not be empty at the root"),
        (
            {"type": "object", "properties": {"a": {}}},
            f"{PATH}.properties[a].type: Required value: must not be empty for specified object fields",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "strang"}}},
            f'{PATH}.properties[a].type: Unsupported value: "strang": supported values: '
            '"array", "boolean", "integer", "number", "object", "string"',
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "default": 5}}},
            f'{PATH}.properties[a].default: Invalid value: "integer":  in body must be of type string: "integer"',
        ),
        (
            {"type": "object", "properties": {"a": {"type": "array"}}},
            f"{PATH}.properties[a].items: Required value: must be specified",
        ),
        (
            {"type": "object", "x-kubernetes-validations": [{"rule": "1"}]},
            f'{PATH}.x-kubernetes-validations[0].rule: Invalid value: {{"Rule":"1","Message":"","MessageExpression":"",'
            '"Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
        ),
        (
            {"type": "object", "properties": {"a": {"type": "object", "$ref": "x"}}},
            f"{PATH}.properties[a].$ref: Forbidden: $ref is not supported",
        ),
    ],
)
def test_schemas(schema: Object, expected: str) -> None:
    assert complaints(definition(schema)) == [expected]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"scope": "Foo"}, ['spec.scope: Unsupported value: "Foo": supported values: "Cluster", "Namespaced"']),
        (
            {"group": "nodots"},
            [
                'metadata.name: Invalid value: "bads.x.example.com": must be spec.names.plural+"."+spec.group',
                'spec.group: Invalid value: "nodots": should be a domain with at least one dot',
            ],
        ),
        (
            {"versions": []},
            [
                "spec.versions: Invalid value: []: must have exactly one version marked as storage version",
                "status.storedVersions: Invalid value: null: must have at least one stored version",
            ],
        ),
        (
            {"conversion": {"strategy": "Webhook"}},
            [
                "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
                "spec.conversion.conversionReviewVersions: Required value",
            ],
        ),
        (
            {"preserveUnknownFields": True, "versions": [PLAIN], "conversion": WEBHOOK},
            [
                'spec.conversion.strategy: Invalid value: "Webhook": must be None if spec.preserveUnknownFields is true',
                "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
                "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
            ],
        ),
        (
            {"versions": [{"name": "v1", "served": True, "storage": True, "selectableFields": [{"jsonPath": ".spec.n"}]}]},
            [
                "spec.versions[0].schema.openAPIV3Schema: Required value",
                'spec.selectableFields: Invalid value: "": '
                "selectableFields may only be set when validations.schema is included",
            ],
        ),
    ],
)
def test_specs(spec: Object, expected: list[str]) -> None:
    assert complaints(definition(**spec)) == expected


def test_protected_groups_need_approval() -> None:
    obj = definition(group="x.k8s.io")
    obj["metadata"]["name"] = "bads.x.k8s.io"
    assert complaints(obj)[0].startswith("metadata.annotations[api-approved.kubernetes.io]: Required value")


def test_names_do_not_change_once_accepted() -> None:
    old = established()
    new = copy.deepcopy(old)
    new["spec"]["scope"] = "Cluster"
    new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"] = "5"
    errors = build_registry().validate_update(GVR, "", new, old, WriteContext())
    assert 'spec.scope: Invalid value: "Cluster": field is immutable' in map(str, errors)


def test_accepted_names_are_names() -> None:
    old = established()
    old["metadata"]["resourceVersion"] = "5"
    new = copy.deepcopy(old)
    new["status"]["acceptedNames"]["shortNames"] = ["B"]
    (error,) = build_registry().validate_update(GVR, "status", new, old, WriteContext())
    assert str(error).startswith('status.acceptedNames.shortNames[0]: Invalid value: "B": a DNS-1035 label')


def test_only_established_definitions_are_served() -> None:
    resources = CustomResources(builtin())
    resources.observe("x", definition())
    assert resources.kinds() == []
    resources.observe("x", established())
    found = resources.catalog().resource(GroupVersionResource("x.example.com", "v1", "bads"))
    assert found is not None
    assert (found.custom, found.short_names, list(found.subresources)) == (True, ("b",), ["status"])
    resources.observe("x", None)
    assert resources.catalog() is builtin()


def test_versions_are_ordered_as_kubernetes_does() -> None:
    names = ["v1alpha1", "foo", "v2", "v1beta2", "v10", "v1beta1", "bar", "v1"]
    assert sorted(names, key=version_order) == ["v10", "v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "bar", "foo"]


def test_objects_are_read_pruned_and_complained_about() -> None:
    (kind,) = compile_kinds(established())
    obj, warnings = decode_custom(b'{"spec": {"n": 2, "x": 1}, "metadata": {"odd": 1}}', "application/json", kind)
    assert obj == {"apiVersion": "x.example.com/v1", "kind": "Bad", "metadata": {}, "spec": {"n": 2}}
    assert warnings == ['unknown field "metadata.odd"', 'unknown field "spec.x"']


def test_what_the_registry_does_with_objects() -> None:
    (kind,) = compile_kinds(established())
    registry = CustomRegistry(lambda resource: kind)
    obj: Object = {
        "apiVersion": "x.example.com/v1",
        "kind": "Bad",
        "metadata": {"name": "a", "namespace": "n"},
        "spec": {},
        "status": {"x": 1},
    }
    context = WriteContext(namespace="n")
    registry.default(kind.gvr, obj)
    registry.prepare_create(kind.gvr, obj, context)
    assert (obj["spec"], "status" in obj, obj["metadata"]["generation"]) == ({"n": 1}, False, 1)
    assert registry.validate_create(kind.gvr, obj, context) == []

    changed = copy.deepcopy(obj) | {"spec": {"n": 2}}
    registry.prepare_update(kind.gvr, "", changed, obj, context)
    assert changed["metadata"]["generation"] == 2

    status = copy.deepcopy(obj) | {"spec": {"n": 9}, "status": {"phase": "x"}}
    registry.prepare_update(kind.gvr, "status", status, obj, context)
    assert (status["spec"], status["status"]) == ({"n": 1}, {"phase": "x"})


def test_other_kinds_are_refused() -> None:
    (kind,) = compile_kinds(established())
    registry = CustomRegistry(lambda resource: kind)
    obj = {"apiVersion": "x.example.com/v1", "kind": "Other", "metadata": {"name": "a", "namespace": "n"}}
    errors = registry.validate_create(kind.gvr, obj, WriteContext(namespace="n"))
    assert [str(error) for error in errors] == ['kind: Invalid value: "Other": must be Bad']
    assert kind.gvk == GroupVersionKind("x.example.com", "v1", "Bad")


P = "spec.validation.openAPIV3Schema"  # of a definition with one version


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"additionalProperties": {"type": "string"}, "properties": {}},
            f"{P}.additionalProperties: Forbidden: must not be used at the root",
        ),
        (
            {"anyOf": [{"properties": {"spec": {"type": "object"}}}]},
            f"{P}.anyOf[0].properties[spec].type: Forbidden: must be empty to be structural",
        ),
        (
            {"not": {"properties": {"other": {"minimum": 1}}}},
            f"{P}.properties[other]: Required value: because it is defined in {P}.not.properties[other]",
        ),
    ],
)
def test_a_schema_must_be_structural(fields: Object, said: str) -> None:
    assert said in complaints(definition({**SCHEMA, **fields}))


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (".spec.n", ""),
        (".spec.none", "is an invalid path: does not refer to a valid field"),
        (".spec.n.x", "is an invalid path: does not refer to a valid field"),
        ("spec.n", "is an invalid path: expected [ or . but got: spec"),
        (".spec['n']", "is an invalid path: array notation is not allowed"),
        (".spec.", "is an invalid path: unexpected end of JSON path"),
        (
            ".spec",
            "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are "
            "allowed.",
        ),
    ],
)
def test_selectable_fields_are_fields_of_the_schema(path: str, problem: str) -> None:
    obj = definition()
    obj["spec"]["versions"][0]["selectableFields"] = [{"jsonPath": path}]
    said = [f'spec.selectableFields[0].jsonPath: Invalid value: "{path}": {problem}'] if problem else []
    assert complaints(obj) == said


def test_what_versions_have_alike_is_kept_once() -> None:
    obj = definition()
    first = obj["spec"]["versions"][0]
    first["additionalPrinterColumns"] = [{"name": "a", "type": "string", "jsonPath": "x"}]
    obj["spec"]["versions"].append({**first, "name": "v2", "storage": False, "schema": {"openAPIV3Schema": {}}})
    assert complaints(obj) == [
        "spec.versions[1].schema.openAPIV3Schema.type: Required value: must not be empty at the root",
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .',
    ]
    obj["spec"]["versions"][1] |= {"storage": True, "schema": first["schema"]}
    (said, *_) = complaints(obj)
    assert '"Storage":true' in said and '"Schema":null' in said and "must have exactly one version" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use v2", []),
        ("", ["must not be an empty string"]),
        ("x" * 257, ["must be <= 256 characters long"]),
        ("ä\nb", ["must only contain printable UTF-8 characters; non-printable character found at index 2"]),
    ],
)
def test_warnings_of_deprecated_versions(text: str, expected: list[str]) -> None:
    obj = definition()
    obj["spec"]["versions"][0] |= {"deprecated": True, "deprecationWarning": text}
    found = complaints(obj)
    assert [said.rpartition("deprecationWarning: ")[2].partition('": ')[2] for said in found] == expected


@pytest.mark.parametrize(
    ("webhook", "expected"),
    [
        ({"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x.example.com/convert"}}, []),
        (
            {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "http://x"}},
            [
                "webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: "
                "https://host[/path]"
            ],
        ),
        (
            {"conversionReviewVersions": ["v1"], "clientConfig": {"service": {"name": "", "namespace": "n"}}},
            ["webhookClientConfig.service.name: Required value"],
        ),
        (
            {"conversionReviewVersions": ["v1", "v1"], "clientConfig": {}},
            [
                "webhookClientConfig: Required value: exactly one of url or service is required",
                'conversionReviewVersions[1]: Invalid value: "v1": duplicate version',
            ],
        ),
        (
            {"conversionReviewVersions": ["v7"], "clientConfig": {"url": "https://x"}},
            ['conversionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1'],
        ),
    ],
)
def test_conversion_webhooks(webhook: Object, expected: list[str]) -> None:
    found = complaints(definition(conversion={"strategy": "Webhook", "webhook": webhook}))
    assert [said.removeprefix("spec.conversion.") for said in found] == expected


def test_every_version_has_a_schema() -> None:
    obj = definition()
    obj["spec"]["versions"].append({"name": "v2", "served": False, "storage": False})
    assert complaints(obj) == ["spec.versions[1].schema.openAPIV3Schema: Required value"]


def test_with_a_status_subresource_the_root_is_plain() -> None:
    (said,) = complaints(definition({**SCHEMA, "x-kubernetes-map-type": "atomic"}))
    assert said.startswith('spec.validation.openAPIV3Schema: Invalid value: {"ID":"",')
    assert "}: only [Description Type Format Title Maximum " in said
    assert said.endswith("XValidations] fields are allowed at the root of the schema if the status subresource is enabled")


def test_what_may_not_change() -> None:
    registry, old = build_registry(), established()
    registry.default(GVR, old)
    old["metadata"]["resourceVersion"] = "1"
    new = copy.deepcopy(old)
    new["spec"]["scope"] = "Cluster"
    new["spec"]["names"]["kind"] = "Good"
    said = [str(error) for error in registry.validate_update(GVR, "", new, old, WriteContext())]
    assert said == [
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.names.kind: Invalid value: "Good": field is immutable',
    ]
    old["status"]["conditions"] = []
    assert registry.validate_update(GVR, "", new, old, WriteContext()) == []


def test_stored_versions_stay() -> None:
    registry, old = build_registry(), established()
    registry.default(GVR, old)
    old["metadata"]["resourceVersion"] = "1"
    old["status"]["storedVersions"] = ["v0", "v1"]
    (said,) = registry.validate_update(GVR, "", copy.deepcopy(old), old, WriteContext())
    assert str(said) == (
        'status.storedVersions[0]: Invalid value: "v0": missing from spec.versions; v0 was previously a storage version, '
        "and must remain in spec.versions until a storage migration ensures no data remains persisted in v0 and removes v0 "
        "from status.storedVersions"
    )


def with_format(kind: str, name: str) -> Object:
    return definition({"type": "object", "properties": {"a": {"type": "array", "items": {"type": kind, "format": name}}}})


@pytest.mark.parametrize(
    ("kind", "name", "known"),
    [
        ("string", "date-time", True),
        ("string", "zip-code", False),
        ("integer", "int64", True),
        ("integer", "int16", False),
        ("number", "float", True),
        ("boolean", "password", False),
    ],
)
def test_formats_that_nobody_knows_are_warned_of_once(kind: str, name: str, known: bool) -> None:
    registry, obj = build_registry(), with_format(kind, name)
    said = [] if known else [f'unrecognized format "{name}"']
    assert list(registry.warnings(GVR, obj, None)) == said
    assert list(registry.warnings(GVR, obj, definition())) == said
    assert list(registry.warnings(GVR, obj, with_format(kind, name))) == []


GOOD_BUNDLE, BAD_BUNDLE = (
    base64.b64encode(text).decode() for text in (b"-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n", b"x")
)


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("", BAD_BUNDLE, True),
        (GOOD_BUNDLE, BAD_BUNDLE, True),
        (BAD_BUNDLE, "eQ==", False),
        (BAD_BUNDLE, GOOD_BUNDLE, False),
    ],
)
def test_certificates_of_the_webhook_of_a_definition_in_force(old: str, new: str, refused: bool) -> None:
    def with_bundle(text: str) -> Object:
        obj = established()
        obj["metadata"]["resourceVersion"] = "5"
        obj["spec"]["conversion"] = copy.deepcopy(WEBHOOK)
        obj["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"] = text
        return obj

    errors = build_registry().validate_update(GVR, "", with_bundle(new), with_bundle(old), WriteContext())
    why = "unable to load root certificates: unable to parse bytes as PEM block"
    said = f'spec.conversion.webhookClientConfig.caBundle: Invalid value: "{new}": {why}'
    assert [str(error) for error in errors if "caBundle" in error.field] == ([said] if refused else [])
    assert not any("caBundle" in text for text in complaints(with_bundle(new)))
