"""Policies and webhooks from files: in force beside those of the API, also for these themselves, and read again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kubegate.errors import ConfigurationError

GROUP = "admissionregistration.k8s.io/v1"
GATES = {"feature-gates": {"ManifestBasedAdmissionControlConfig": True}}
RULES = [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"}, "spec": {"containers": []}}
CONFIGURATION = {"apiVersion": GROUP, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "x"}, "spec": {}}


def write(folder: Path, message: str, suffix: str = ".static.k8s.io") -> None:
    objects = made(message, suffix)
    (folder / "policy.yaml").write_text("\n---\n".join(json.dumps(obj) for obj in objects))


def made(message: str, suffix: str) -> list[dict[str, Any]]:
    validation = {"expression": "false", "message": message}
    policy = {"matchConstraints": {"resourceRules": RULES}, "validations": [validation], "failurePolicy": "Fail"}
    binding = {"policyName": f"p{suffix}", "validationActions": ["Deny"]}
    kind = "ValidatingAdmissionPolicy"
    return [
        {"apiVersion": GROUP, "kind": kind, "metadata": {"name": f"p{suffix}"}, "spec": policy},
        {"apiVersion": GROUP, "kind": f"{kind}Binding", "metadata": {"name": f"b{suffix}"}, "spec": binding},
    ]


def build(world: Any, folder: Path, plugin: str = "ValidatingAdmissionPolicy") -> Any:
    world.options.update(GATES)
    return world.build(plugin, {"staticManifestsDir": str(folder)})


def test_static_policies_come_first(world: Any, review: Any, tmp_path: Path) -> None:
    write(tmp_path, "from a file")
    for obj in made("from the API", ""):
        world.add(obj)
    refusal = build(world, tmp_path).validate(review(POD))
    assert "'p.static.k8s.io' with binding 'b.static.k8s.io' denied request: from a file" in refusal.message


def test_only_static_policies_are_about_policies(world: Any, review: Any, tmp_path: Path) -> None:
    write(tmp_path, "from a file")
    for obj in made("from the API", ""):
        world.add(obj)
    assert "from a file" in build(world, tmp_path).validate(review(CONFIGURATION)).message
    assert world.build("ValidatingAdmissionPolicy").validate(review(CONFIGURATION)) is None


def test_a_binding_of_the_api_does_not_bind_a_static_policy(world: Any, review: Any, tmp_path: Path) -> None:
    policy, binding = made("from a file", ".static.k8s.io")
    (tmp_path / "policy.yaml").write_text(json.dumps(policy))
    world.add(binding)
    assert build(world, tmp_path).validate(review(POD)) is None


def test_files_are_read_again(world: Any, review: Any, tmp_path: Path, caplog: Any) -> None:
    write(tmp_path, "first")
    plugin = build(world, tmp_path)
    write(tmp_path, "second time")
    assert "first" in plugin.validate(review(POD)).message
    world.moment += timedelta(seconds=2)
    assert "second time" in plugin.validate(review(POD)).message
    write(tmp_path, "third", suffix="")
    world.moment += timedelta(seconds=2)
    assert "second time" in plugin.validate(review(POD)).message
    assert 'must have a name ending with ".static.k8s.io"' in caplog.text
    (tmp_path / "policy.yaml").unlink()
    world.moment += timedelta(seconds=2)
    assert plugin.validate(review(POD)) is None


def test_what_cannot_be_read_at_the_start_is_an_error(world: Any, tmp_path: Path) -> None:
    write(tmp_path, "first", suffix="")
    with pytest.raises(ConfigurationError, match="must have a name ending with"):
        build(world, tmp_path)


@pytest.mark.parametrize(
    ("directory", "gates", "message"),
    [
        (
            "{}",
            {},
            "Forbidden: staticManifestsDir requires the ManifestBasedAdmissionControlConfig feature gate to be enabled",
        ),
        ("manifests", GATES, 'Invalid value: "manifests": must be an absolute file path'),
        ("{}/none", GATES, 'Invalid value: "{0}/none": unable to read: stat {0}/none: no such file or directory'),
        ("{}/file", GATES, 'Invalid value: "{0}/file": must be a directory'),
    ],
)
def test_the_directory(world: Any, tmp_path: Path, directory: str, gates: dict[str, Any], message: str) -> None:
    (tmp_path / "file").touch()
    world.options.update(gates)
    with pytest.raises(ConfigurationError) as caught:
        world.build("ValidatingAdmissionPolicy", {"staticManifestsDir": directory.format(tmp_path)})
    assert caught.value.message == f"staticManifestsDir: {message.format(tmp_path)}"


@pytest.mark.parametrize("kind", ["Validating", "Mutating"])
def test_static_webhooks_are_asked_about_configuration(world: Any, review: Any, tmp_path: Path, kind: str) -> None:
    hook = {"name": "w.x.io", "clientConfig": {"url": "http://127.0.0.1:1/x"}, "rules": RULES, "failurePolicy": "Fail"}
    hook |= {"sideEffects": "None", "admissionReviewVersions": ["v1"]}
    whole = {"apiVersion": GROUP, "kind": f"{kind}WebhookConfiguration", "webhooks": [hook]}
    plain, static = ({**whole, "metadata": {"name": f"h{suffix}"}} for suffix in ("", ".static.k8s.io"))
    world.add(plain)
    act = "validate" if kind == "Validating" else "mutate"
    assert getattr(world.build(f"{kind}AdmissionWebhook"), act)(review(CONFIGURATION)) is None
    (tmp_path / "hooks.json").write_text(json.dumps(static))
    refusal = getattr(build(world, tmp_path, f"{kind}AdmissionWebhook"), act)(review(CONFIGURATION))
    assert 'failed calling webhook "w.x.io"' in refusal.message


def test_static_mutating_policies(world: Any, review: Any, tmp_path: Path) -> None:
    patch = "[JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}]"
    mutations = [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}]
    spec = {"matchConstraints": {"resourceRules": RULES}, "mutations": mutations, "reinvocationPolicy": "Never"}
    kind, name = "MutatingAdmissionPolicy", {"name": "p.static.k8s.io"}
    objects = [
        {"apiVersion": GROUP, "kind": kind, "metadata": name, "spec": {**spec, "failurePolicy": "Fail"}},
        {"apiVersion": GROUP, "kind": f"{kind}Binding", "metadata": name, "spec": {"policyName": "p.static.k8s.io"}},
    ]
    (tmp_path / "p.yml").write_text("\n---\n".join(json.dumps(obj) for obj in objects))
    seen = review({**POD, "metadata": {"name": "p", "namespace": "ns"}})
    assert build(world, tmp_path, kind).mutate(seen) is None
    assert seen.object["metadata"]["labels"] == {"a": "b"}
