"""Mutants of admission under a suite: which survive, and that the suggested cases hold and kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kubegate.analysis.mutation.score import Score, score_object
from kubegate.cli.test import command
from kubegate.testing.measures.measures import Measures
from kubegate.testing.measures.mutation import MutationRun
from kubegate.testing.running.runner import open_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [policy.yaml]\n"
META = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy"
POLICY = f"""\
{META}
metadata: {{name: data}}
spec:
  matchConstraints:
    resourceRules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]
  validations:
  - expression: |-
      size(object.data) < 3 &&
        !object.metadata.name.startsWith('tmp')
---
{META}Binding
metadata: {{name: data}}
spec: {{policyName: data, validationActions: [Deny]}}
"""
WEAK = "  admission: [{object: {apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}}]\n"


def written(tmp_path: Path, cases: str, policy: str = POLICY) -> Path:
    (tmp_path / "policy.yaml").write_text(policy)
    file = tmp_path / "a.kubegate.yaml"
    file.write_text(HEAD + cases)
    return file


def scored(file: Path) -> Score:
    loaded = open_suite(file)
    assert [result.failure for result in loaded.run() if not result.passed] == []
    run = MutationRun(loaded, Score())
    for mutant in run.mutants():
        run.judge(mutant)
    return run.score


def operators(score: Score) -> set[str]:
    return {survivor.mutant.operator for survivor in score.survivors.values()}


def indented(spec: dict[str, Any]) -> str:
    return "".join(f"  {line}\n" for line in yaml.safe_dump(spec).splitlines())


def improved(tmp_path: Path, cases: str, policy: str = POLICY) -> tuple[Score, Score]:
    """The score of a suite, and of the same with every case that was suggested."""
    first = scored(written(tmp_path, cases, policy))
    spec: dict[str, Any] = yaml.safe_load(cases) or {}
    for survivor in first.survivors.values():
        for stage, more in yaml.safe_load(survivor.case or "{}").items():
            spec.setdefault(stage, []).extend(more)
    return first, scored(written(tmp_path, indented(spec), policy))


def test_a_weak_suite_leaves_mutants_alive_and_the_suggested_cases_kill_them(tmp_path: Path) -> None:
    first, second = improved(tmp_path, WEAK)
    assert {"boundary moved", "negation dropped", "condition replaced by true", "binding removed"} <= operators(first) | {
        key.operator for key in first.killed
    }
    assert {"boundary moved", "condition replaced by true", "binding removed", "function swapped"} <= operators(first)
    assert all(survivor.case for survivor in first.survivors.values())
    assert operators(second) == set()
    assert second.percent == 100 > first.percent


def test_the_case_is_at_the_boundary(tmp_path: Path) -> None:
    score = scored(written(tmp_path, WEAK))
    survivor = next(found for found in score.survivors.values() if found.mutant.operator == "boundary moved")
    (case,) = yaml.safe_load(survivor.case)["admission"]
    assert len(case["object"]["data"]) == 3 and case["admitted"] is False


def test_patches_are_those_of_the_file(tmp_path: Path) -> None:
    score = scored(written(tmp_path, WEAK))
    survivor = next(found for found in score.survivors.values() if found.mutant.operator == "boundary moved")
    assert survivor.mutant.place == f"{tmp_path}/policy.yaml:9:25"
    assert "-      size(object.data) < 3 &&\n+      size(object.data) <= 3 &&\n" in survivor.mutant.patch
    assert "@@ -6,7 +6,7 @@" in survivor.mutant.patch


STYLES = {
    "plain": "  - expression: object.data.a != 'x' && object.data.b < 'y'",
    "double": "  - expression: \"!(object.data.a == 'x')\"",
    "single": "  - expression: '!(object.data.a == \"x\") || object.data.b == \"it''s\"'",
    "block": "  - expression: |\n      object.data.a == 'x' ||\n      object.data.b == 'y'",
    "folded": "  - expression: >-\n      object.data.a == 'x' ||\n      object.data.b == 'y'",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_patched_file_is_the_mutant(tmp_path: Path, style: str) -> None:
    policy = POLICY[: POLICY.index("  - expression")] + STYLES[style] + POLICY[POLICY.index("\n---") :]
    run = MutationRun(open_suite(written(tmp_path, "  admission: []\n", policy)), Score())
    changed = [mutant for mutant in run.mutants() if mutant.location.path == "spec.validations[0].expression"]
    seen = 0
    for mutant in changed:
        lines = mutant.change.changed() if mutant.change is not None else None
        if lines is not None:
            first, _ = yaml.safe_load_all("\n".join(lines))
            assert mutant.mutated is not None
            assert first["spec"]["validations"] == mutant.mutated["spec"]["validations"]
            seen += 1
    assert seen == len(changed) > 0


def test_patches_of_lists(tmp_path: Path) -> None:
    policy = POLICY.replace("operations: [CREATE]", "operations: [CREATE, UPDATE]")
    run = MutationRun(open_suite(written(tmp_path, WEAK, policy)), Score())
    patches = [mutant.patch for mutant in run.mutants() if mutant.operator == "match rule narrowed"]
    assert [patch.splitlines()[8][-48:] for patch in patches] == [
        " operations: [UPDATE], resources: [configmaps]}]",
        " operations: [CREATE], resources: [configmaps]}]",
    ]


def test_what_does_not_compile_is_no_mutant(tmp_path: Path) -> None:
    """``size('...')`` of a boolean, say; or two rules that are equal."""
    policy = POLICY.replace("size(object.data) < 3", "size(object.data) < int('3')")
    score = scored(written(tmp_path, WEAK, policy))
    texts = {key.mutated for key in score.killed} | {key.mutated for key in score.survivors}
    assert not any("int('three')" in text for text in texts)
    assert score.total == len(score.killed) + len(score.survivors)


def test_policies_that_nobody_binds_decide_nothing(tmp_path: Path) -> None:
    score = scored(written(tmp_path, WEAK, POLICY.partition("---")[0]))
    assert score.total == 0 and score.equivalent


def test_rules_that_others_repeat_decide_nothing(tmp_path: Path) -> None:
    more = '{apiGroups: [""], apiVersions: ["*"], operations: [CREATE], resources: [configmaps, secrets]}'
    twice = POLICY.replace("resources: [configmaps]}", f"resources: [configmaps]}}, {more}")
    score = scored(written(tmp_path, WEAK, twice))
    assert "match rule removed" in {key.operator for key in score.equivalent}


def test_failure_policies_count_where_an_expression_can_fail(tmp_path: Path) -> None:
    fails = scored(written(tmp_path, WEAK))
    assert "failurePolicy changed" in operators(fails)  # without data there is no size
    cannot = POLICY.replace("size(object.data) < 3", "size(object.?data.orValue({})) < 3")
    score = scored(written(tmp_path, WEAK, cannot))
    assert "failurePolicy changed" not in operators(score)
    assert [mutant.operator for mutant in score.undecided.values()] == ["failurePolicy changed"]
    assert score_object(score)["undecided"][0]["line"] == 5


MUTATING = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: labels}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  matchConditions:
  - {name: named, expression: "object.metadata.name != 'plain'"}
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >-
        Object{metadata: Object.metadata{labels: {"a": "b"}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: labels}
spec: {policyName: labels}
"""


def test_mutating_policies(tmp_path: Path) -> None:
    first, second = improved(tmp_path, WEAK, MUTATING)
    assert "string changed" in operators(first)
    assert operators(second) == set()
    case = next(survivor.case for survivor in first.survivors.values() if survivor.mutant.operator == "binding removed")
    assert yaml.safe_load(case)["admission"][0]["mutated"] == {"metadata": {"labels": {"a": "b"}}}


BUDGETS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q, namespace: shop}
spec: {hard: {pods: "2", requests.cpu: "1"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: l, namespace: shop}
spec: {limits: [{type: Container, max: {memory: 1Gi}, default: {cpu: 100m}}]}
"""


def test_quotas_limits_and_pod_security(tmp_path: Path) -> None:
    """Without a single case: everything survives, and everything is suggested."""
    first, second = improved(tmp_path, "  admission: []\n", BUDGETS)
    expected = {"quota doubled", "quota removed", "limit doubled", "limit removed"}
    expected |= {"Pod Security lowered", "Pod Security removed"}
    assert expected <= operators(first)
    assert all(survivor.case for survivor in first.survivors.values())
    assert operators(second) == set()


def test_warnings_that_follow_what_is_enforced_are_no_mutants(tmp_path: Path) -> None:
    score = scored(written(tmp_path, "  admission: []\n", BUDGETS.replace("enforce: baseline", "enforce: restricted")))
    assert {key.operator for key in score.equivalent} == {"Pod Security removed"}


LINES = "".join(
    json.dumps({"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": spec}) + "\n"
    for spec in (
        {"user": "alice", "namespace": "shop", "resource": "pods", "apiGroup": "", "readonly": True},
        {"user": "alice", "namespace": "shop", "resource": "pods", "apiGroup": "", "readonly": True},
        {"group": "devs", "nonResourcePath": "/logs"},
    )
)


def test_lines_of_abac_files(tmp_path: Path) -> None:
    (tmp_path / "abac.jsonl").write_text(LINES)
    head = "  authorizationMode: [ABAC]\n  authorizationPolicyFile: abac.jsonl\n"
    score = scored(written(tmp_path, f"{head}  access: [{{user: bob, cannot: [get pods]}}]\n", "---\n"))
    found = {(survivor.mutant.location.line, survivor.mutant.operator) for survivor in score.survivors.values()}
    assert {(1, "readonly dropped"), (1, "wildcard widened"), (3, "line removed"), (3, "subject swapped")} <= found
    assert {key.operator for key in score.equivalent} == {"line removed"}  # of lines 1 and 2, which are equal
    assert all(survivor.case for survivor in score.survivors.values())
    dropped = next(each for each in score.survivors.values() if each.mutant.operator == "readonly dropped")
    assert dropped.case == "access: [{user: 'alice', namespace: 'shop', cannot: ['create pods']}]"
    first, _, third = LINES.splitlines()
    without = first.replace(', "readonly": true', "")
    assert f"-{first}\n+{without}\n" in dropped.mutant.patch
    gone = next(each for each in score.survivors.values() if each.mutant.operator == "line removed")
    assert gone.mutant.patch.endswith(f"\n-{third}\n")


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    file = written(tmp_path, WEAK)
    scores = []
    for jobs in (1, 3):
        loaded, measures = open_suite(file), Measures(mutation=Score())
        measures.add(loaded, loaded.run())
        measures.mutate("", lambda label, found, count: found, jobs)
        assert measures.mutation is not None
        scores.append(score_object(measures.mutation))
    assert scores[0] == scores[1]
    assert scores[0]["mutants"] > 10


def test_the_command(tmp_path: Path) -> None:
    file = str(written(tmp_path, WEAK))
    answer = CliRunner().invoke(command, [file, "--mutation", "-j", "1"], standalone_mode=False)
    assert f"survived: {tmp_path}/policy.yaml:9:25: boundary moved: ValidatingAdmissionPolicy data" in answer.output
    assert "this case would notice it:\n    admission:\n    - object:" in answer.output
    short = CliRunner().invoke(command, [file, "--mutation-min", "90", "-j", "1"], standalone_mode=False)
    assert short.return_value == 2
    report = json.loads(CliRunner().invoke(command, [file, "--mutation", "-o", "json"], standalone_mode=False).stdout)
    row = next(row for row in report["mutation"]["survivors"] if row["operator"] == "boundary moved")
    assert (row["line"], row["column"], row["path"]) == (9, 25, "spec.validations[0].expression")
    assert row["suggestion"]["admission"]["admitted"] is False
    assert report["mutation"]["operators"]["boundary moved"] == {"killed": 0, "mutants": 1}


ASKING = f"""\
{META}
metadata: {{name: editors}}
spec:
  matchConstraints:
    resourceRules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]
  validations:
  - expression: authorizer.group('').resource('secrets').namespace('default').check('get').allowed()
---
{META}Binding
metadata: {{name: editors}}
spec: {{policyName: editors, validationActions: [Deny]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: reader, namespace: default}}
rules: [{{apiGroups: [""], resources: [secrets], verbs: [get]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: reader, namespace: default}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}}]
"""


def test_admission_that_asks_the_authorizer_notices_mutants_of_roles(tmp_path: Path) -> None:
    case = {"user": "alice", "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}}
    other = {"object": {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}}}
    score = scored(written(tmp_path, f"  admission: {json.dumps([other, case])}\n", ASKING))
    assert {"rule removed", "subject swapped"} <= {key.operator for key in score.killed}
    alone = scored(written(tmp_path, f"  admission: {json.dumps([other])}\n", ASKING))
    assert {"rule removed", "subject swapped"} <= operators(alone)
