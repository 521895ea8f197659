"""`kubegate diff`: admission compared by objects; denials and ABAC lines; what makes it fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kubegate.cli.diff import command

SHIPPED = Path(__file__).parents[3] / "policies"
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "shop"},
    "spec": {"containers": [{"name": "c", "image": "registry.example/app:1"}]},
}


def policy(expression: str, action: str = "Deny") -> list[dict[str, Any]]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": expression, "message": "no"}]}
    group = "admissionregistration.k8s.io/v1"
    return [
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "v"}, "spec": spec},
        {
            "apiVersion": group,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "v"},
            "spec": {"policyName": "v", "validationActions": [action]},
        },
    ]


def labelling(value: str) -> list[dict[str, Any]]:
    found = yaml.safe_load_all((SHIPPED / "admission" / "defaults.yaml").read_text().replace("'RuntimeDefault'", value))
    return list(found)


def diff(
    folder: Path, old: list[dict[str, Any]], new: list[dict[str, Any]], *options: str
) -> tuple[int, list[dict[str, Any]]]:
    for name, objects in (("old", old), ("new", new)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump_all(objects))
    arguments = [str(folder / "old.yaml"), str(folder / "new.yaml"), "-o", "json", *options]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.output
    return int(result.return_value), json.loads(result.stdout)


NEVER, ALWAYS = "false", "true"


@pytest.mark.parametrize(
    ("old", "new", "effect", "failing"),
    [
        (policy(ALWAYS), policy(NEVER), "newly rejected", {"narrow", "any"}),
        (policy(NEVER), policy(ALWAYS), "newly admitted", {"widen", "any"}),
        (policy(ALWAYS), policy(NEVER, "Warn"), "warned differently", {"any"}),
        (labelling("'RuntimeDefault'"), labelling("'Unconfined'"), "mutated differently", {"any"}),
    ],
)
def test_objects_are_judged_by_both(
    old: list[dict[str, Any]], new: list[dict[str, Any]], effect: str, failing: set[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "pod.yaml"
    corpus.write_text(yaml.safe_dump(POD))
    for wanted in ("widen", "narrow", "any"):
        code, changes = diff(tmp_path, old, new, "--objects", str(corpus), "--fail-on", wanted)
        assert [(change["admission"], change["object"]) for change in changes] == [(effect, "Pod shop/p")]
        assert code == (2 if wanted in failing else 0)


def test_the_workloads_of_the_sets_are_the_corpus(tmp_path: Path) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD["spec"]}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    code, changes = diff(tmp_path, [*policy(ALWAYS), deployment], [*policy(NEVER), POD], "--fail-on", "narrow")
    assert {change["object"] for change in changes} == {"Deployment.apps default/d", "Pod shop/p"}
    assert {change["by"] for change in changes} == {
        "ValidatingAdmissionPolicy: ValidatingAdmissionPolicy v spec.validations[0]"
    }
    assert code == 2


def test_a_namespaces_level_counts(tmp_path: Path) -> None:
    def namespace(level: str) -> dict[str, Any]:
        labels = {"pod-security.kubernetes.io/enforce": level}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}

    _, changes = diff(tmp_path, [namespace("restricted"), POD], [namespace("baseline"), POD])
    (change,) = changes
    assert change["admission"] == "newly admitted"
    assert change["by"] == "PodSecurity: Namespace shop metadata.labels.pod-security.kubernetes.io/enforce"


def test_nothing_is_different_against_itself(tmp_path: Path) -> None:
    """Neither uids nor names that are made from run to run."""
    objects = [*policy(ALWAYS), *labelling("'RuntimeDefault'"), POD]
    assert diff(tmp_path, objects, objects, "--fail-on", "any") == (0, [])


def test_a_denial_that_goes_widens(tmp_path: Path) -> None:
    path = SHIPPED / "access" / "payments.yaml"
    denying = list(yaml.safe_load_all(path.read_text()))
    grant = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "b", "namespace": "payments"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ann"}],
    }
    without = [obj for obj in denying if obj["metadata"]["name"] != "payments-secrets"]
    code, changes = diff(tmp_path, [*denying, grant], [*without, grant], "--no-bootstrap-policy", "--fail-on", "widen")
    assert (code, changes) == (0, [])  # there is no role edit: she could not anyway
    code, changes = diff(tmp_path, [*denying, grant], [*without, grant], "--fail-on", "widen")
    mine = [change for change in changes if change["subject"]["name"] == "ann"]
    assert code == 2
    seen = {(change["direction"], change["resources"], change["namespaces"]) for change in mine}
    assert ("gained", "secrets", "payments") in seen
    assert {(direction, where) for direction, _, where in seen} == {("gained", "payments")}
    assert all(change["example"]["confirmed"] for change in changes)


def test_conditions_are_told(tmp_path: Path) -> None:
    allowed = yaml.safe_load((SHIPPED / "access" / "payments.yaml").read_text().split("---")[-1])
    _, changes = diff(tmp_path, [], [allowed])
    labels = 'labels {"matchLabels":{"team":"web"}}'
    when = "!('contractors' in request.groups)"
    assert {change["condition"] for change in changes} == {when, f"{when} and {labels}"}


def test_abac_files(tmp_path: Path) -> None:
    line = {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy"}
    for name, readonly in (("old", True), ("new", False)):
        spec = {"user": "ann", "namespace": "shop", "resource": "pods", "readonly": readonly}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({**line, "spec": spec}) + "\n")
    arguments = [str(tmp_path / "old.jsonl"), str(tmp_path / "new.jsonl"), "-o", "json", "--fail-on", "widen"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    change = json.loads(result.stdout)[0]
    found = (change["direction"], change["verbs"], change["resources"], change["namespaces"])
    assert found == ("gained", "* except get,list,watch", "pods", "shop")
    assert result.return_value == 2
