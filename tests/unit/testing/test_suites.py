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
    ("  acces: []\n", "a.kubegate.yaml:5:3: spec.acces: unknown field 'acces'", "did you mean 'access'?"),
    (
        "  access:\n  - {user: a, namspace: x}\n",
        ":6:15: spec.access[0].namspace: unknown field",
        "did you mean 'namespace'?",
    ),
    (
        "  admission:\n  - {objekt: Pod/x, warnigs: []}\n",
        ":6:6: spec.admission[0].objekt: unknown",
        "did you mean 'object'?",
    ),
    ("  access: [{user: a, can: [get]}]\n", "request 'get': VERB RESOURCE [NAME] [-n NAMESPACE | -A] [-l SELECTOR]", ""),
    ("  access: [{user: a, can: 7}]\n", "5:22: spec.access[0].can: must be a list, not the number 7", "write [7]"),
    ("  access: [{can: [get pods]}]\n", "5:12: spec.access[0].user: user is missing", ""),
    ("  access: [{user: yes}]\n", "spec.access[0].user: must be a text, not true", "write 'true'"),
    ("  matrix: [{subjects: {a: {pods: 7}}}]\n", "spec.matrix[0].subjects.a.pods: must be a text, not the number 7", "'7'"),
    (
        "  decisions: [{user: a, request: get pods, decision: alow}]\n",
        "must be 'allow', 'deny' or 'no-opinion', not 'alow'",
        "did you mean 'allow'?",
    ),
    ("  access: []\n  access: []\n", "a.kubegate.yaml:6:3: key 'access' stands here again, after line 5", ""),
    ("  access: [\n", "a.kubegate.yaml:6:1", ""),
    ("  access: []\n---\nx: 1\n", "a.kubegate.yaml:7:1: a suite is one document", "a file of its own"),
    ("  objects: [{kind: [}]\n", "a.kubegate.yaml:5", ""),
    ("  access: [{user: 'a\x7f'}]\n", "a.kubegate.yaml:5:21: this is not YAML: control characters are not allowed", ""),
    ("  authorizationMode: [RBACC]\n", ':5:3: spec.authorizationMode: authorization-mode "RBACC" is not a valid mode', ""),
    (
        "  admissionOptions: {enableAdmissionPlugins: [Pods]}\n  admission: [{object: Namespace/default}]\n",
        'a.kubegate.yaml:5:3: spec.admissionOptions: enable-admission-plugins plugin "Pods" is unknown',
        "",
    ),
    (
        "  access: [{user: Groop devs, can: [get pods]}]\n",
        "spec.access[0]: 'Groop devs' is no user",
        "did you mean 'Group devs'?",
    ),
    ("  access: [{user: ServiceAccount ci, can: [get pods]}]\n", "is written ServiceAccount NAMESPACE/NAME", ""),
    ("  access: [{user: a, impersonating: Group b, can: [get pods]}]\n", "'Group b' is nobody whom one can be", ""),
    (
        "  matrix: [{subjects: {serviceaccount a/b: {}}}]\n",
        "spec.matrix[0].subjects.serviceaccount a/b: ",
        "'ServiceAccount a/b'",
    ),
]


@pytest.mark.parametrize(("spec", "message", "hint"), REFUSED)
def test_a_wrong_suite_is_refused_where_it_is_wrong(tmp_path: Path, spec: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput) as error:
        run(tmp_path, spec)
    assert message in str(error.value)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("name", "hint"), [("gone.yaml", "paths are relative to "), ("polic.yaml", "did you mean policy.yaml?")]
)
def test_policies_that_are_not_there_are_told_where_they_are_named(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "a.kubegate.yaml").write_text(f"{HEAD}  policies: [policy.yaml, {name}]\n")
    with pytest.raises(InvalidInput) as error:
        list(run_suite(tmp_path / "a.kubegate.yaml"))
    assert f"a.kubegate.yaml:4:27: spec.policies[1]: {name}: no such file or directory" in str(error.value)
    assert hint in error.value.hint


@pytest.mark.parametrize("text", ["", "x\n", "- x\n", "kind: PolicySuite\n"])
def test_what_is_no_suite_is_told_how_one_begins(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.kubegate.yaml").write_text(text)
    with pytest.raises(InvalidInput) as error:
        list(run_suite(tmp_path / "a.kubegate.yaml"))
    assert "apiVersion: testing.kubegate.dev/v1alpha1" in error.value.hint


def test_times_and_versions_need_no_quotes(tmp_path: Path) -> None:
    spec = """
  authenticationOptions: {client-ca-file: ""}
  authentication:
  - {subject: {commonName: bob, notAfter: 2021-01-01T00:00:00Z}, messageContains: expired}
"""
    assert all(result.passed for result in run(tmp_path, spec))


def test_a_user_whose_name_is_nearly_known_is_told(tmp_path: Path) -> None:
    spec = """
  users: {dev: {name: dora, groups: [devs]}}
  access:
  - {user: devv, cannot: [get pods]}
  - {user: User devv, cannot: [get pods]}
  - {user: dora, cannot: [get pods]}
"""
    told = [result.warning for result in run(tmp_path, spec)]
    assert told == ["user 'devv' is none of the suite's users (did you mean dev?)", "", ""]


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
    assert ElementTree.parse(report).getroot().attrib == {
        "name": "kubegate test",
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
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
