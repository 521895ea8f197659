"""Mutants of policies under a suite: which survive, what would notice them, and that the engine is left as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from kubegate.analysis.mutation.score import Score
from kubegate.cli.test import command
from kubegate.testing.measures.mutation import MutationRun
from kubegate.testing.running.runner import open_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [policy.yaml]\n"
RBAC = "apiVersion: rbac.authorization.k8s.io/v1\n"
REF = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}\n"
POLICY = f"""\
{RBAC}kind: ClusterRole
metadata: {{name: reader}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [get], resourceNames: [web]}}]
---
{RBAC}kind: RoleBinding
metadata: {{name: b, namespace: shop}}
{REF}subjects: [{{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}}]
"""
OPERATORS = {
    *("rule removed", "verb added", "wildcard widened", "resourceNames dropped"),
    *("subject swapped", "namespace changed", "binding widened to the cluster"),
}
THOROUGH = """  access:
  - user: alice
    namespace: shop
    can: [get pods web]
    cannot: [get pods, list pods web, delete pods web, get secrets web, get pods.apps web, get pods web -n default]
"""


def written(tmp_path: Path, cases: str, policy: str = POLICY) -> Path:
    (tmp_path / "policy.yaml").write_text(policy)
    file = tmp_path / "a.kubegate.yaml"
    file.write_text(HEAD + cases)
    return file


def scored(file: Path) -> Score:
    run = MutationRun(open_suite(file), Score())
    for mutant in run.mutants():
        run.judge(mutant)
    return run.score


def operators(score: Score) -> set[str]:
    return {survivor.mutant.operator for survivor in score.survivors.values()}


def test_a_thorough_suite_kills_all(tmp_path: Path) -> None:
    score = scored(written(tmp_path, THOROUGH))
    assert operators(score) == set()
    assert {operator for operator, *_ in score.killed} == OPERATORS
    assert score.percent == 100


@pytest.mark.parametrize(
    ("cases", "survivors"),
    [
        ("  access: [{user: alice, namespace: shop, cannot: [get secrets]}]\n", OPERATORS),
        (
            "  access: [{user: alice, namespace: shop, can: [get pods web]}]\n",
            OPERATORS - {"rule removed", "subject swapped", "namespace changed"},
        ),
        (THOROUGH.replace("get pods, ", ""), {"resourceNames dropped"}),
        (THOROUGH.replace(", get pods web -n default", ""), {"binding widened to the cluster"}),
    ],
)
def test_what_a_suite_does_not_ask_survives(tmp_path: Path, cases: str, survivors: set[str]) -> None:
    assert operators(scored(written(tmp_path, cases))) == survivors


def test_the_suggested_cases_hold_and_kill(tmp_path: Path) -> None:
    """Every survivor comes with a case; a suite with all of them holds, and nothing survives it."""
    first = scored(written(tmp_path, "  access: [{user: alice, namespace: shop, cannot: [get secrets]}]\n"))
    cases = [yaml.safe_load(survivor.case)["access"][0] for survivor in first.survivors.values()]
    file = written(tmp_path, f"  access: {json.dumps(cases)}\n")
    assert all(result.passed for result in open_suite(file).run())
    assert operators(scored(file)) == set()


def test_the_engine_is_left_as_it_was(tmp_path: Path) -> None:
    loaded = open_suite(written(tmp_path, THOROUGH))
    run = MutationRun(loaded, Score())
    for mutant in run.mutants():
        run.judge(mutant)
        assert all(result.passed for result in loaded.run())


def test_equal_changes_of_two_objects_are_two_mutants(tmp_path: Path) -> None:
    twin = POLICY.replace("name: reader", "name: twin").replace("name: b,", "name: c,").replace("alice", "bob")
    alone = scored(written(tmp_path, THOROUGH)).total
    score = scored(written(tmp_path, THOROUGH, f"{POLICY}---\n{twin}"))
    assert score.total == 2 * alone
    assert score.percent < 100


def test_it_is_deterministic(tmp_path: Path) -> None:
    file = written(tmp_path, THOROUGH.replace("get pods, ", ""))
    first, second = scored(file), scored(file)
    assert list(first.survivors) == list(second.survivors) and first.killed == second.killed


def test_a_change_that_decides_nothing_is_no_mutant(tmp_path: Path) -> None:
    """Two rules say the same: without one of them nothing changes."""
    twice = POLICY.replace(
        "resourceNames: [web]}]", 'resourceNames: [web]}, {apiGroups: [""], resources: [pods], verbs: [get]}]'
    )
    score = scored(written(tmp_path, "  access: [{user: alice, namespace: shop, can: [get pods]}]\n", twice))
    assert "resourceNames dropped" in {operator for operator, *_ in score.equivalent}
    assert "resourceNames dropped" not in operators(score)


def test_a_mutant_shows_in_the_roles_that_are_aggregated_from_it(tmp_path: Path) -> None:
    policy = POLICY.replace("{name: reader}\nrules", '{name: part, labels: {to: "reader"}}\nrules')
    policy += f"---\n{RBAC}kind: ClusterRole\nmetadata: {{name: reader}}\n"
    policy += "aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: reader}}]}\n"
    assert operators(scored(written(tmp_path, THOROUGH, policy))) == set()


def test_groups_are_suggested_as_users_in_them(tmp_path: Path) -> None:
    policy = POLICY.replace("kind: User, name: alice", "kind: Group, name: devs")
    score = scored(written(tmp_path, "  access: [{user: alice, namespace: shop, cannot: [get pods]}]\n", policy))
    case = next(survivor.case for survivor in score.survivors.values() if survivor.mutant.operator == "rule removed")
    assert case == (
        "users: {'somebody in devs': {name: 'somebody', groups: ['devs']}}\n"
        "access: [{user: 'somebody in devs', namespace: 'shop', can: ['get pods web']}]"
    )


ACCESS = """\
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: no-secrets}
spec:
  effect: Deny
  subjects: [{kind: User, name: alice}]
  exceptSubjects: [{kind: Group, name: security}]
  namespaces: [bank]
  when: ["request.resourceAttributes.verb != 'delete'"]
  rules: [{verbs: [get], apiGroups: [""], resources: [secrets]}]
"""
DENIED = "  decisions: [{user: alice, request: get secrets -n bank, decision: deny}]\n"


def test_access_policies(tmp_path: Path) -> None:
    assert "deny removed" in operators(scored(written(tmp_path, "  access: [{user: bob, can: []}]\n", ACCESS)))
    score = scored(written(tmp_path, DENIED, ACCESS))
    assert {operator for operator, *_ in score.killed} == {
        *("deny removed", "subject swapped", "comparison flipped", "condition replaced by false"),
    }
    assert {"exception dropped", "namespaces dropped", "wildcard widened", "verb added"} <= operators(score)


def test_a_missing_denial_is_suggested_as_a_decision(tmp_path: Path) -> None:
    score = scored(written(tmp_path, "  access: [{user: bob, can: []}]\n", ACCESS))
    survivor = next(found for found in score.survivors.values() if found.mutant.operator == "deny removed")
    assert survivor.case == "decisions: [{user: 'alice', namespace: 'bank', request: 'get secrets', decision: deny}]"
    assert "-  effect: Deny\n" in survivor.mutant.patch


def invoke(*words: str) -> Result:
    return CliRunner().invoke(command, list(words), standalone_mode=False)


def test_the_command(tmp_path: Path) -> None:
    file = str(written(tmp_path, THOROUGH.replace("get pods, ", "")))
    answer = invoke(file, "--mutation")
    assert answer.return_value == 0
    assert f"survived: {tmp_path}/policy.yaml:4: resourceNames dropped: ClusterRole reader" in answer.output
    assert '-rules: [{apiGroups: [""], resources: [pods], verbs: [get], resourceNames: [web]}]' in answer.output
    assert "+rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]" in answer.output
    assert "access: [{user: 'alice', namespace: 'shop', cannot: ['get pods']}]" in answer.output
    assert invoke(file, "--mutation-min", "80").return_value == 0
    assert invoke(file, "--mutation-min", "100").return_value == 2
    report = json.loads(invoke(file, "--mutation", "-o", "json").stdout)["mutation"]
    assert report["survivors"][0]["suggestion"]["request"] == "get pods"
    assert report["mutants"] == report["killed"] + 1


def test_a_failing_suite_is_not_mutated(tmp_path: Path) -> None:
    answer = invoke(str(written(tmp_path, "  access: [{user: bob, can: [get pods]}]\n")), "--mutation-min", "1")
    assert answer.return_value == 2
    assert "not all cases hold" in answer.stderr and "mutation:" not in answer.stdout
