"""MutatingAdmissionPolicy: apply configurations, JSON patches, order, reinvocation, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubegate.api.status import StatusError

GROUP = "admissionregistration.k8s.io/v1"


@pytest.fixture
def mutate(world: Any, review: Any) -> Callable[..., Any]:
    """Puts policies (one a list of mutations) into the world and an object to them; gives the refusal and the review."""

    def run(obj: dict[str, Any], *policies: Any, **options: Any) -> Any:
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["*"]}
        for index, mutations in enumerate(policies):
            spec = {"matchConstraints": {"resourceRules": [rule]}, "mutations": mutations, **options}
            name = f"p{index}"
            world.add({"apiVersion": GROUP, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec})
            bound = {"policyName": name}
            kind = "MutatingAdmissionPolicyBinding"
            world.add({"apiVersion": GROUP, "kind": kind, "metadata": {"name": name}, "spec": bound})
        plugin, seen = world.build("MutatingAdmissionPolicy"), review(obj)
        refusal = plugin.mutate(seen)
        if refusal is None and seen.reinvocation.requested:
            seen.reinvocation.running = True
            refusal = plugin.mutate(seen)
        return refusal, seen

    return run


def patch(text: str) -> dict[str, Any]:
    return {"patchType": "JSONPatch", "jsonPatch": {"expression": text}}


def apply(text: str) -> dict[str, Any]:
    return {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": text}}


def config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"}, "data": data}


def test_apply_configuration(mutate: Any) -> None:
    refusal, seen = mutate(config(a="1"), [apply("Object{data: {'b': '2'}, metadata: Object.metadata{labels: {'l': 'x'}}}")])
    assert refusal is None
    assert seen.object["data"] == {"a": "1", "b": "2"}
    assert seen.object["metadata"]["labels"] == {"l": "x"}


def test_containers_are_merged_by_name(mutate: Any, pod: Any) -> None:
    text = "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'side', image: 'busybox'}]}}"
    refusal, seen = mutate(pod(), [apply(text)])
    assert refusal is None
    assert [container["name"] for container in seen.object["spec"]["containers"]] == ["c", "side"]


def test_json_patch_sees_what_came_before(mutate: Any) -> None:
    first = patch("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('x/y'), value: 'one'}]")
    second = patch("[JSONPatch{op: 'copy', from: '/data/x~1y', path: '/data/z'}]")
    refusal, seen = mutate(config(a="1"), [first, second])
    assert refusal is None
    assert seen.object["data"] == {"a": "1", "x/y": "one", "z": "one"}


def test_a_failed_test_leaves_the_object(mutate: Any) -> None:
    text = "[JSONPatch{op: 'test', path: '/data/a', value: '2'}, JSONPatch{op: 'remove', path: '/data/a'}]"
    refusal, seen = mutate(config(a="1"), [patch(text)])
    assert refusal is None
    assert seen.object["data"] == {"a": "1"}


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (
            patch("[JSONPatch{op: 'replace', path: '/nope/a', value: 1}]"),
            "JSON Patch: replace operation does not apply: doc is missing path: /nope/a: missing value",
        ),
        (
            apply("Object{spec: Object.spec{x: 1}}"),
            "error applying patch: failed to convert patch object to typed object: .spec: field not declared in schema",
        ),
        (
            apply("Object{metadata: Object.wrong{}}"),
            'type mismatch: unexpected type name "Object.wrong", expected "Object.metadata", which matches field name path '
            "from root Object type",
        ),
        (
            apply("Object{metadata: Object.metadata{name: object.missing}}"),
            "expression 'Object{metadata: Object.metadata{name: object.missing}}' resulted in error: no such key: missing",
        ),
    ],
)
def test_errors(mutate: Any, mutation: dict[str, Any], message: str) -> None:
    refusal, _ = mutate(config(), [mutation])
    assert (refusal.code, refusal.reason) == (403, "Invalid")
    assert refusal.message == f"policy 'p0' with binding 'p0' denied request: {message}"
    assert mutate(config(), [mutation], failurePolicy="Ignore")[0] is None


def test_atomic_parts_are_not_mutated(mutate: Any, pod: Any) -> None:
    refusal, _ = mutate(pod(), [apply("Object{spec: Object.spec{nodeSelector: Object.spec.nodeSelector{a: 'b'}}}")])
    assert refusal.message.endswith("may not mutate atomic arrays, maps or structs: .spec.nodeSelector")


def test_an_object_that_is_none_any_more_is_an_internal_error(mutate: Any) -> None:
    with pytest.raises(StatusError, match="Internal error occurred: json: cannot unmarshal number into Go struct") as caught:
        mutate(config(), [patch("[JSONPatch{op: 'add', path: '/data', value: 5}]")])
    assert caught.value.status.code == 500


def test_reinvocation(mutate: Any) -> None:
    early = patch("[JSONPatch{op: 'add', path: '/data/early', value: string(object.data.size())}]")
    late = patch("[JSONPatch{op: 'add', path: '/data/late', value: 'x'}]")
    _, seen = mutate(config(a="1"), [early], [late], reinvocationPolicy="Never")
    assert seen.object["data"]["early"] == "1"
    _, seen = mutate(config(a="1"), [early], [late], reinvocationPolicy="IfNeeded")
    assert seen.object["data"]["early"] == "3"
