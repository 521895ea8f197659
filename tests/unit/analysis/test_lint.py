"""Lint rules: each finds its case and leaves the good one alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.lint.finding import RULES
from kubegate.analysis.lint.run import lint
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.cli.lint import command
from kubegate.errors import InvalidInput


def role(*rules: dict[str, Any], kind: str = "Role", ignore: str = "") -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "r"} | ({"namespace": "n"} if kind == "Role" else {})
    if ignore:
        metadata["annotations"] = {"lint.kubegate.dev/ignore": ignore}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}


def rule(verbs: str, resources: str, groups: str = "", names: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": groups.split() or [""]}
    return made | ({"resourceNames": names.split()} if names else {})


def binding(name: str, subject: dict[str, str], ref: str = "r") -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "n"},
        "roleRef": {"kind": "Role", "name": ref},
        "subjects": [subject],
    }


ACCOUNT = {"kind": "ServiceAccount", "name": "robot", "namespace": "n"}
ROBOT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "n"}}
OTHER = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": "n"}}
GOOD = role(rule("get list", "pods"))

BAD_AND_GOOD = [
    ("KG001", [binding("b", ACCOUNT, "nope")], [GOOD, binding("b", ACCOUNT)]),
    ("KG002", [GOOD, OTHER, binding("b", ACCOUNT)], [GOOD, ROBOT, binding("b", ACCOUNT)]),
    ("KG003", [role(rule("gte", "pods"))], [GOOD]),
    ("KG004", [role(rule("get", "deployments"))], [role(rule("get", "deployments", "apps"))]),
    ("KG004", [role(rule("get", "pods/lgo"))], [role(rule("get", "pods/log"))]),
    ("KG005", [role(rule("create", "pods", names="a"))], [role(rule("create", "pods/exec", names="a"))]),
    ("KG006", [role(rule("get", "nodes"))], [role(rule("get", "nodes"), kind="ClusterRole")]),
    ("KG007", [role({"verbs": ["get"], "nonResourceURLs": ["/x"]})], [GOOD]),
    ("KG008", [GOOD, binding("a", ACCOUNT), binding("b", ACCOUNT)], [GOOD, binding("a", ACCOUNT)]),
    ("KG009", [role(rule("get", "pods"), rule("get list", "pods"))], [role(rule("get", "pods"), rule("list", "pods"))]),
    ("KG010", [{"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "p"}}], [GOOD]),
    ("KG101", [role(rule("*", "*", "*"))], [role(rule("*", "pods"))]),
    ("KG102", [role(rule("list", "secrets"))], [role(rule("get", "secrets", names="one"))]),
    ("KG103", [role(rule("bind", "roles", "rbac.authorization.k8s.io"))], [GOOD]),
    ("KG104", [role(rule("create", "pods/exec"))], [role(rule("get", "pods/log"))]),
    ("KG105", [role(rule("get", "nodes/proxy"), kind="ClusterRole")], [role(rule("get", "nodes"), kind="ClusterRole")]),
    ("KG106", [GOOD, binding("b", {"kind": "Group", "name": "system:unauthenticated"})], [GOOD, binding("b", ACCOUNT)]),
    ("KG107", [role(rule("create", "serviceaccounts/token"))], [role(rule("create", "serviceaccounts"))]),
    (
        "KG108",
        [role(rule("update", "certificatesigningrequests/approval", "certificates.k8s.io"), kind="ClusterRole")],
        [role(rule("get", "certificatesigningrequests", "certificates.k8s.io"), kind="ClusterRole")],
    ),
    (
        "KG109",
        [role(rule("patch", "validatingwebhookconfigurations", "admissionregistration.k8s.io"), kind="ClusterRole")],
        [role(rule("get", "validatingwebhookconfigurations", "admissionregistration.k8s.io"), kind="ClusterRole")],
    ),
    ("KG110", [role(rule("get", "*"))], [GOOD]),
]


@pytest.mark.parametrize(("rule_id", "bad", "good"), BAD_AND_GOOD)
def test_rules(rule_id: str, bad: list[dict[str, Any]], good: list[dict[str, Any]]) -> None:
    assert rule_id in {finding.rule.id for finding in lint(bad)}
    assert rule_id not in {finding.rule.id for finding in lint(good)}


def test_every_rule_is_tested() -> None:
    assert {row[0] for row in BAD_AND_GOOD} == set(RULES)


def test_the_default_roles_have_no_dangling_or_unknown_parts() -> None:
    found = {finding.rule.id for finding in lint(rbac_objects())}
    assert not found & {"KG001", "KG003", "KG006", "KG007", "KG008"}


def test_suggestions() -> None:
    (message,) = [finding.message for finding in lint([role(rule("get", "podz"))])]
    assert message == 'rules[0]: no resource "podz", did you mean pods?'


@pytest.mark.parametrize(("expires", "found"), [("2030-01-01", False), ("2020-01-01", True)])
def test_suppressions_expire(expires: str, found: bool) -> None:
    ignored = role(rule("list", "secrets"), ignore=f'KG102 owner=me reason="the backup" expires={expires}')
    assert bool(lint([ignored], today=date(2026, 1, 1))) is found


@pytest.mark.parametrize("text", ["KG102", "KG102 owner=a expires=2030-01-01", "KG999 owner=a reason=b expires=2030-01-01"])
def test_a_suppression_needs_an_owner_a_reason_and_a_date(text: str) -> None:
    with pytest.raises(InvalidInput):
        lint([role(rule("list", "secrets"), ignore=text)])


def test_exit_codes_and_sarif(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps(role(rule("list", "secrets"))))
    run = CliRunner()
    assert run.invoke(command, ["-f", str(file)], standalone_mode=False).return_value == 2
    assert run.invoke(command, ["-f", str(file), "--fail-on", "error"], standalone_mode=False).return_value == 0
    report = json.loads(run.invoke(command, ["-f", str(file), "-o", "sarif"], standalone_mode=False).output)
    result = report["runs"][0]["results"][0]
    assert (result["ruleId"], result["level"]) == ("KG102", "warning")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == str(file)
