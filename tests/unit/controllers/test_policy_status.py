"""What the status of a policy says of expressions about custom objects."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.controllers.interface import Context, Work
from kubegate.controllers.policy_status import CONTROLLER
from kubegate.registry.custom.definition import RESOURCE
from kubegate.registry.custom.resources import CustomResources
from kubegate.store.interface import Key
from kubegate.store.memory import MemoryStore

POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io"
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "n": {"type": "integer"},
                "free": {"x-kubernetes-preserve-unknown-fields": True},
                "either": {"x-kubernetes-int-or-string": True},
            },
        },
    },
}


class Client:
    """A fake client that keeps what was written."""

    def __init__(self) -> None:
        self.status: dict[str, Any] = {}

    def patch(self, path: str, patch: Any, media_type: str) -> dict[str, Any]:
        self.status = patch["status"]
        return {}


def definition() -> dict[str, Any]:
    names = {"plural": "bads", "kind": "Bad", "listKind": "BadList", "singular": "bad"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}
    spec = {"group": "x.example", "scope": "Namespaced", "names": names, "versions": [version]}
    status = {"acceptedNames": names, "conditions": [{"type": "Established", "status": "True"}]}
    return {"metadata": {"name": "bads.x.example"}, "spec": spec, "status": status}


def policy(expression: str, **spec: Any) -> dict[str, Any]:
    rule = {"apiGroups": ["x.example"], "apiVersions": ["v1"], "resources": ["bads"], "operations": ["CREATE"]}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": expression}], **spec}
    return {"metadata": {"name": "p", "generation": 1}, "spec": spec}


def warnings(obj: dict[str, Any]) -> list[dict[str, str]]:
    store, client = MemoryStore(), Client()
    store.create(Key(RESOURCE, "", "bads.x.example"), definition())
    store.create(Key(POLICIES, "", "p"), obj)
    custom = CustomResources(builtin())
    custom.follow(store)
    CONTROLLER.build(Context(store, client, custom.catalog)).reconcile(Work("", "p"))  # type: ignore[arg-type]
    return client.status["typeChecking"]["expressionWarnings"] or []


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("object.spec.n > 1", ""),
        ("object.spec.either == 'a' && object.metadata.labels['a'] == 'b'", ""),
        ("object.spec.m > 1", "undefined field 'm'"),
        ("oldObject.spec.n == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"),
        ("object.spec.free.a == 1", "undefined field 'free'"),
        ("object.metadata.none == ''", "undefined field 'none'"),
    ],
)
def test_the_schema_of_a_definition_gives_the_types(expression: str, said: str) -> None:
    found = warnings(policy(expression))
    assert [warning["fieldRef"] for warning in found] == (["spec.validations[0].expression"] if said else [])
    assert all(said in warning["warning"] and "x.example/v1, Kind=Bad: ERROR" in warning["warning"] for warning in found)


def test_params_of_a_custom_kind() -> None:
    found = warnings(policy("params.spec.m == 1", paramKind={"apiVersion": "x.example/v1", "kind": "Bad"}))
    assert "undefined field 'm'" in found[0]["warning"]
