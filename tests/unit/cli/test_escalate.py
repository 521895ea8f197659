"""`kubegate escalate`: its forms and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.escalation.scope import NOT_LOOKED_AT
from kubegate.cli.escalate import command

STATE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: deployer}
rules:
- {verbs: [create], apiGroups: [apps], resources: [daemonsets]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: eve, namespace: ops}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: deployer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: eve}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bob, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: deployer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: op}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: operator, namespace: ops}]
"""
HOOK = """
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "state.yaml"
    path.write_text(STATE)
    return str(path)


def run(*arguments: str) -> tuple[int, str, str]:
    answer = CliRunner().invoke(command, arguments, standalone_mode=False)
    return answer.return_value, answer.stdout, answer.stderr


def test_the_table(file: str) -> None:
    code, output, _ = run("-f", file)
    lines = output.splitlines()
    assert code == 2
    assert lines[1].split("   ")[:3] == ["User eve", "cluster-admin", "1. runs a pod as ServiceAccount ops/operator"]
    assert f"{file}:16" in lines[1]
    assert "without this binding there is no such path (the smallest set that does):" in lines
    assert lines[-1].split()[:2] in (["ClusterRoleBinding", "op"], ["RoleBinding", "ops/eve"])


def test_json(file: str) -> None:
    _, output, _ = run("-f", file, "-o", "json")
    answer: dict[str, Any] = json.loads(output)
    [path] = answer["paths"]
    [step] = path["steps"]
    assert (path["subject"], path["reaches"], step["becomes"]) == (
        "User eve",
        "cluster-admin",
        "ServiceAccount ops/operator",
    )
    assert step["requests"][0]["request"] == "create daemonsets.apps -n ops"
    assert step["requests"][0]["allowedBy"]["locations"][0].startswith(file)
    assert answer["cut"]["smallest"] and len(answer["cut"]["bindings"]) == 1
    [stopped] = [row for row in answer["blocked"] if row["subject"] == "User bob"]
    assert (stopped["plugin"], stopped["decidedBy"]) == ("PodSecurity", "Namespace shop")
    assert stopped["location"].startswith(file)


def test_sarif(file: str) -> None:
    _, output, _ = run("-f", file, "-o", "sarif")
    [result] = json.loads(output)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("KG201", "error")
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == 1


def test_markdown_and_csv_hold_a_row_a_step(file: str) -> None:
    assert run("-f", file, "-o", "markdown")[1].startswith("| SUBJECT | REACHES | STEP |")
    assert run("-f", file, "-o", "csv")[1].splitlines()[0] == "SUBJECT,REACHES,STEP,REQUESTS,ALLOWED AT"


def test_what_admission_stops(file: str) -> None:
    assert "admission stops:" not in run("-f", file)[1]
    assert "runs a pod that has the host in namespace shop" in run("-f", file, "--blocked")[1]
    code, output, _ = run("-f", file, "--subject", "bob")
    lines = output.splitlines()
    assert (code, lines[0]) == (0, "no path of escalation was found")
    assert lines[2].startswith("searched: subjects: 1, ") and lines[2].endswith(
        "steps that admission alone stops: 1 (--blocked)"
    )
    assert lines[3:5] == ["not looked at:", f"  {NOT_LOOKED_AT[0]}"]
    searched = json.loads(run("-f", file, "--subject", "bob", "-o", "json")[1])["searched"]
    assert (searched["subjects"], searched["notLookedAt"]) == (1, list(NOT_LOOKED_AT))
    assert run("-f", file, "--subject", "bob", "--no-admission")[0] == 2
    assert run("-f", file, "--subject", "bob", "--disable-admission-plugins", "PodSecurity")[0] == 2


def test_what_was_left_out_may_have_held_a_path(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: [")
    assert run("-f", str(tmp_path), "--keep-going")[0] == 4
    (tmp_path / "good.yaml").write_text(STATE)
    assert run("-f", str(tmp_path), "--keep-going")[0] == 2


def test_without_a_cut(file: str) -> None:
    assert "no such path" not in run("-f", file, "--no-cut")[1]


def test_webhooks_are_not_asked_and_this_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(STATE + HOOK)
    assert run("-f", str(path))[2] == "Warning: webhooks were not asked: guard\n"
    assert run("-f", str(path), "--no-admission")[2] == ""


def test_the_components_of_the_cluster_are_listed_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(HOOK)
    _, output, _ = run("-f", str(path), "--system")
    assert "ServiceAccount kube-system/clusterrole-aggregation-controller" in output
    assert "no binding that could be taken away breaks the paths of" in output
