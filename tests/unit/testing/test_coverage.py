"""Coverage of policies by suites: what is exercised, what is not, and where that stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kubegate.analysis.coverage.measure import Coverage
from kubegate.analysis.coverage.report import coverage_text
from kubegate.cli.test import command
from kubegate.testing.measures.measures import Measures
from kubegate.testing.running.runner import open_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [policy.yaml]\n"
POLICY = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get]}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
  resourceNames:
  - one
  - two
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more-view, labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: vera, apiGroup: rbac.authorization.k8s.io}]
"""


def suite(tmp_path: Path, can: list[str], extra: str = "", policy: str = POLICY) -> Path:
    (tmp_path / "policy.yaml").write_text(policy)
    file = tmp_path / "a.kubegate.yaml"
    file.write_text(HEAD + f"  access: [{{user: alice, namespace: shop, can: {can}}}]\n" + extra)
    return file


def measured(file: Path) -> Coverage:
    loaded = open_suite(file)
    measures = Measures(Coverage())
    measures.add(loaded, loaded.run())
    assert measures.coverage is not None
    return measures.coverage


def missed(coverage: Coverage) -> set[tuple[int, str]]:
    return {(item.location.line, item.text) for item in coverage.missed}


FIRST = (5, "Role shop/reader, rule 0")
SECOND = (6, "Role shop/reader, rule 1")
ONE, TWO = (10, 'Role shop/reader, rule 1, name "one"'), (11, 'Role shop/reader, rule 1, name "two"')
BINDING = (13, "RoleBinding shop/b")
VIEW = {(22, "ClusterRole more-view, rule 0"), (24, "RoleBinding shop/viewers")}


@pytest.mark.parametrize(
    ("can", "left"),
    [
        ([], {FIRST, SECOND, ONE, TWO, BINDING}),
        (["get pods"], {SECOND, ONE, TWO}),
        (["get configmaps one"], {FIRST, TWO}),
        (["get pods", "get configmaps one", "get configmaps two"], set()),
    ],
)
def test_an_allowed_request_exercises_binding_rule_and_name(
    tmp_path: Path, can: list[str], left: set[tuple[int, str]]
) -> None:
    assert missed(measured(suite(tmp_path, can))) == left | VIEW


def test_the_rules_of_an_aggregated_role_are_those_it_was_taken_from(tmp_path: Path) -> None:
    case = "  decisions: [{user: vera, namespace: shop, request: get widgets.example.com, decision: allow}]\n"
    texts = {item.text for item in measured(suite(tmp_path, ["get pods"], case)).missed}
    assert not texts & {"ClusterRole more-view, rule 0", "RoleBinding shop/viewers", "ClusterRole view, rule 0"}


def test_a_refusal_exercises_nothing(tmp_path: Path) -> None:
    file = suite(tmp_path, [], "  invariants: [{request: get pods -n shop, onlyUsers: [alice, vera]}]\n")
    file.write_text(file.read_text().replace("can: []", "cannot: [delete pods, get secrets]"))
    assert not measured(file).exercised


def test_objects_in_the_suite_count_where_they_stand(tmp_path: Path) -> None:
    inline = """  objects:
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: inline}
    rules:
    - {apiGroups: [""], resources: [nodes], verbs: [get]}
"""
    found = [item for item in measured(suite(tmp_path, [], inline)).missed if "inline" in item.text]
    assert [(Path(item.location.file).name, item.location.line) for item in found] == [("a.kubegate.yaml", 11)]


def test_a_denial_exercises_the_rule_of_the_access_policy(tmp_path: Path) -> None:
    policy = """
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: no-secrets}
spec:
  effect: Deny
  subjects: [{kind: User, name: alice}]
  rules:
  - {verbs: ["*"], apiGroups: [""], resources: [secrets]}
  - {verbs: ["*"], apiGroups: [""], resources: [nodes]}
"""
    file = suite(tmp_path, [], policy=policy)
    file.write_text(file.read_text().replace("can: []", "cannot: [get secrets]"))
    assert missed(measured(file)) == {(10, "AccessPolicy no-secrets, rule 1")}


def test_a_file_of_two_suites_counts_once(tmp_path: Path) -> None:
    first = suite(tmp_path, ["get pods"])
    (tmp_path / "sub").mkdir()
    second = tmp_path / "sub" / "b.kubegate.yaml"
    second.write_text(
        first.read_text().replace("[policy.yaml]", "[../policy.yaml]").replace("get pods", "get configmaps one")
    )
    measures = Measures(Coverage())
    for file in (first, second):
        measures.add(open_suite(file), open_suite(file).run())
    assert measures.coverage is not None
    assert {item.text for item in measures.coverage.missed if "reader" in item.text} == {TWO[1]}


def test_without_policies_all_is_covered() -> None:
    assert Coverage().percent == 100
    assert coverage_text(Coverage()) == "coverage: 100.0 % (no policies)"


def invoke(*words: str) -> Result:
    return CliRunner().invoke(command, list(words), standalone_mode=False)


def test_the_command(tmp_path: Path) -> None:
    file = str(suite(tmp_path, ["get pods"]))
    answer = invoke(file, "--coverage")
    assert answer.return_value == 0
    assert f"not exercised: {tmp_path}/policy.yaml:11: {TWO[1]}" in answer.output
    assert "coverage: 28.6 % (bindings 1/2, rules 1/3, resourceNames 0/2)" in answer.output
    assert invoke(file, "--coverage-min", "28").return_value == 0
    short = invoke(file, "--coverage-min", "60")
    assert short.return_value == 2 and "coverage of 28.6 % is below 60 %" in short.stderr
    report = json.loads(invoke(file, "--coverage", "-o", "json").stdout)
    assert report["cases"][0]["passed"] and report["coverage"]["items"] == 7
    machine = invoke(file, "--coverage", "-o", "tap")
    assert "coverage:" in machine.stderr and "coverage:" not in machine.stdout
