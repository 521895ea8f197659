"""Policy suites: what holds, what fails and says why, what is refused; and as pytest sees them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from kubegate.cli.test import command
from kubegate.errors import InvalidInput
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import find_suites, run_suite

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[3]
HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n"
POLICY = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
"""


def run(tmp_path: Path, spec: str) -> list[Result]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    suite = tmp_path / "a.kubegate.yaml"
    suite.write_text(HEAD + "  policies: [policy.yaml]\n" + spec)
    return list(run_suite(suite))


def test_access(tmp_path: Path) -> None:
    results = run(tmp_path, "  access: [{user: alice, can: [get pods, list pods], cannot: [get secrets, get pods -n x]}]\n")
    assert [result.passed for result in results] == [True, False, True, False]
    assert results[1].failure == "alice may not list pods"
    assert "nearest miss" in results[1].explanation


def test_decisions(tmp_path: Path) -> None:
    spec = """
  decisions:
  - {user: alice, request: get pods, decision: allow, determinedBy: ClusterRoleBinding}
  - {user: alice, request: get pods, decision: allow, reason: 'RBAC: no'}
  - {user: bob, request: get pods, decision: allow}
"""
    results = run(tmp_path, spec)
    assert [result.passed for result in results] == [True, False, False]
    assert "reason is" in results[1].failure
    assert "decision is 'no-opinion', not 'allow'" in results[2].failure


def test_invariants_are_exact(tmp_path: Path) -> None:
    spec = """
  invariants:
  - {request: get pods, onlyUsers: [alice]}
  - {request: get pods}
  - {request: get pods, onlyUsers: [alice], includeSystem: true}
"""
    results = run(tmp_path, spec)
    assert [result.passed for result in results] == [True, False, False]
    assert results[1].failure == "also may: User alice"
    assert "system:kube-scheduler" in results[2].failure


def test_service_accounts_have_their_groups(tmp_path: Path) -> None:
    spec = """
  objects:
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: sa}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
    subjects: [{kind: Group, name: 'system:serviceaccounts:x', apiGroup: rbac.authorization.k8s.io}]
  users: {robot: {name: 'system:serviceaccount:x:y'}}
  access: [{user: robot, can: [get pods]}, {user: 'system:serviceaccount:z:y', cannot: [get pods]}]
"""
    assert all(result.passed for result in run(tmp_path, spec))


REFUSED = [
    ("  acces: []\n", "a.kubegate.yaml:5: spec.acces: Extra inputs are not permitted"),
    ("  access: [{user: a, can: [get]}]\n", "request 'get': VERB RESOURCE [NAME] [-n NAMESPACE | -A] [-l SELECTOR]"),
    ("  access: [{user: a, can: 7}]\n", "spec.access.0.can"),
    ("  access: [\n", "a.kubegate.yaml:6:1"),
    ("  objects: [{kind: [}]\n", "a.kubegate.yaml:5"),
    ("  access: [{user: 'a\x7f'}]\n", "a.kubegate.yaml: this is not YAML: unacceptable character"),
]


@pytest.mark.parametrize(("spec", "message"), REFUSED)
def test_a_wrong_suite_is_refused_where_it_is_wrong(tmp_path: Path, spec: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        run(tmp_path, spec)
    assert message in str(error.value)


def test_exit_codes_and_reports(tmp_path: Path) -> None:
    run(tmp_path, "  access: [{user: alice, can: [get pods]}, {user: bob, can: [get pods]}]\n")
    runner = CliRunner()
    assert runner.invoke(command, [str(tmp_path)], standalone_mode=False).return_value == 2
    assert runner.invoke(command, [str(tmp_path), "-k", "alice"], standalone_mode=False).return_value == 0
    assert runner.invoke(command, [str(tmp_path), "-k", "nobody"], standalone_mode=False).return_value == 4
    rows = json.loads(runner.invoke(command, [str(tmp_path), "-o", "json"], standalone_mode=False).output)
    assert [row["passed"] for row in rows] == [True, False]
    report = tmp_path / "junit.xml"
    runner.invoke(command, [str(tmp_path), "-o", "junit", "--output-file", str(report)], standalone_mode=False)
    assert ElementTree.parse(report).getroot().attrib == {"tests": "2", "failures": "1"}
    tap = runner.invoke(command, [str(tmp_path), "-o", "tap"], standalone_mode=False).output
    assert "not ok 2" in tap and "1..2" in tap
    github = runner.invoke(command, [str(tmp_path), "-o", "github"], standalone_mode=False).output
    assert "::error file=" in github and "1 passed" not in github.splitlines()[0]


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        find_suites(["/nowhere"])


@pytest.mark.parametrize("suite", find_suites([str(ROOT / "policies")]), ids=lambda path: path.name)
def test_the_suites_of_the_policies_that_ship_hold(suite: Path) -> None:
    failures = [f"{result.name}: {result.failure}" for result in run_suite(suite) if not result.passed]
    assert failures == []


def test_the_plugin_collects_suites_and_makes_gates(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", policy=POLICY)
    pytester.makefile(
        ".kubegate.yaml", suite=HEAD + "  policies: [policy.yaml]\n  access: [{user: alice, can: [get pods, list pods]}]\n"
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.kubegate("policy.yaml")
        def test_marked(gate):
            assert gate.can("alice", "get pods")
            assert not gate.can("bob", "get pods", groups=["x"])
            assert gate.decide("alice", "get pods").reason.startswith("RBAC: allowed by")

        def test_made(gate):
            assert gate("policy.yaml").can("alice", "list pods")
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*alice may not list pods*", "*nearest miss: *"])
