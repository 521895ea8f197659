"""Manifests become objects, or the server says in which file what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubegate.admission.interface import Environment
from kubegate.admission.manifests import directory
from kubegate.admission.manifests.loading import Loader
from kubegate.admission.memory import MemoryCluster
from kubegate.api.catalog import builtin
from kubegate.api.names import name_of
from kubegate.authz.chain import Chain
from kubegate.compose.versions import Versions
from kubegate.errors import ConfigurationError
from kubegate.registry.catalog import build_registry

GROUP = "admissionregistration.k8s.io/v1"
POLICIES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]
SPEC: dict[str, Any] = {"matchConstraints": {"resourceRules": RULES}, "validations": [{"expression": "true"}]}


def policy(name: str = "p.static.k8s.io", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": GROUP, "kind": POLICIES[0], "metadata": {"name": name}, "spec": {**SPEC, **spec}}


def binding(name: str = "b.static.k8s.io", policy: str = "p.static.k8s.io", **spec: Any) -> dict[str, Any]:
    whole = {"policyName": policy, "validationActions": ["Deny"], **spec}
    return {"apiVersion": GROUP, "kind": POLICIES[1], "metadata": {"name": name}, "spec": whole}


def hooks(client: dict[str, Any]) -> dict[str, Any]:
    hook = {"name": "w.x.io", "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"]}
    return {
        "apiVersion": GROUP,
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "h.static.k8s.io"},
        "webhooks": [hook],
    }


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Any]:
    """Writes each text or object to a file and loads them all."""
    registry = build_registry()
    versions = Versions(builtin, lambda resource: registry)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    environment = Environment(MemoryCluster(), Chain([]), lambda: now, default=versions.default, validate=versions.validate)

    def run(*contents: Any, kinds: tuple[str, ...] = POLICIES) -> Any:
        for index, content in enumerate(contents):
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{index}.yaml").write_text(text)
        return Loader(environment, kinds).load(directory.read(str(tmp_path)))

    return run


def test_documents_lists_and_defaults(load: Any) -> None:
    several = "---\n".join(f"{json.dumps(each)}\n" for each in (binding(), policy("z.static.k8s.io")))
    generic = {"apiVersion": "v1", "kind": "List", "items": [policy("m.static.k8s.io")]}
    typed = {"apiVersion": GROUP, "kind": "ValidatingAdmissionPolicyList", "items": [policy()]}
    made = load(several, "---\n# nothing\n---\n" + json.dumps(generic), typed)
    assert [name_of(obj) for obj in made[POLICIES[0]]] == ["m.static.k8s.io", "p.static.k8s.io", "z.static.k8s.io"]
    assert made[POLICIES[0]][0]["spec"]["failurePolicy"] == "Fail"
    assert [name_of(obj) for obj in made[POLICIES[1]]] == ["b.static.k8s.io"]


def test_folders_and_other_files_are_left_out(load: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no manifest")
    (tmp_path / "more.yaml").mkdir()
    (tmp_path / "x.JSON").write_text(json.dumps(policy("j.static.k8s.io")))
    assert [name_of(obj) for obj in load()[POLICIES[0]]] == ["j.static.k8s.io"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (policy("p"), '"p" in file "{}" must have a name ending with ".static.k8s.io"'),
        (
            policy(paramKind={"apiVersion": "v1", "kind": "ConfigMap"}),
            'ValidatingAdmissionPolicy "p.static.k8s.io": spec.paramKind is not supported for static manifests',
        ),
        (
            binding(policy="p"),
            'binding "b.static.k8s.io": spec.policyName "p" must end with ".static.k8s.io"',
        ),
        (
            binding(paramRef={"name": "n", "parameterNotFoundAction": "Deny"}),
            'binding "b.static.k8s.io": spec.paramRef is not supported for static manifests',
        ),
        (policy(extra=1), 'strict decoding error: unknown field "spec.extra"'),
        (
            policy(failurePolicy="Maybe"),
            'ValidatingAdmissionPolicy "p.static.k8s.io": spec.failurePolicy: Unsupported value: "Maybe": '
            'supported values: "Fail", "Ignore"',
        ),
        ({"apiVersion": "v1", "kind": "Pod"}, "unsupported resource type v1, Kind=Pod"),
        (
            {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod"}]},
            "unsupported resource type v1, Kind=Pod in List",
        ),
        ({"apiVersion": GROUP}, "Object 'Kind' is missing"),
    ],
)
def test_what_is_wrong_with_policies(load: Any, tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(content)
    file = f"{tmp_path}/0.yaml"
    assert caught.value.message == f"error loading {file}: {message.format(file)}"


def test_names_are_unique(load: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(policy(), policy())
    text = f'duplicate name "p.static.k8s.io" found in file "{tmp_path}/1.yaml" (previously seen in "{tmp_path}/0.yaml")'
    assert caught.value.message == f"error loading {tmp_path}/1.yaml: {text}"


def test_bindings_are_of_policies_that_are_there(load: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(binding())
    text = 'binding "b.static.k8s.io" references policy "p.static.k8s.io" which does not exist in the manifest directory'
    assert caught.value.message == text


@pytest.mark.parametrize(
    ("client", "problem"),
    [
        (
            {"service": {"name": "s", "namespace": "n"}},
            "clientConfig.service is not supported for static manifests; use clientConfig.url instead",
        ),
        ({}, "webhooks[0].clientConfig: Required value: exactly one of url or service is required"),
    ],
)
def test_webhooks_are_urls(load: Any, client: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(hooks(client), kinds=("ValidatingWebhookConfiguration",))
    assert caught.value.message.endswith(problem)
