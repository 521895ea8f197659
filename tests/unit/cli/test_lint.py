"""`kubegate lint`: its forms and exit statuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema_rs import validator_for

from kubegate.analysis.lint.rules import RULES
from kubegate.cli.lint import command

STATE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
  annotations: {lint.kubegate.dev/ignore: 'KG110 owner=me reason="they come and go" expires=2999-01-01'}
rules:
- {verbs: [list], apiGroups: [""], resources: [secrets]}
- {verbs: [get], apiGroups: [example.com], resources: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "100%,ann"}]
"""

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    """An object with no other properties."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def some(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema, "minItems": 1}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
NUMBER = {"type": "integer", "minimum": 1}
PLACE = closed(
    physicalLocation=closed(
        "artifactLocation",
        artifactLocation=closed("uri", uri={"type": "string", "format": "uri-reference", "pattern": "^[^ <>]+$"}),
        region=closed("startLine", startLine=NUMBER, startColumn=NUMBER),
    ),
    message=TEXT,
)
RULE = closed(
    "id",
    id={"type": "string"},
    name={"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed(level=LEVEL),
    properties={"type": "object"},
)
FLOW = closed("threadFlows", threadFlows=some(closed("locations", locations=some(closed(location=PLACE)))))
SUPPRESSION = closed(
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification={"type": "string"},
)
RESULT = closed(
    "message",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations=some(PLACE),
    codeFlows=some(FLOW),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions=some(SUPPRESSION),
)
DRIVER = closed("name", name={"type": "string"}, semanticVersion={"type": "string"}, rules=some(RULE))
SARIF = closed(
    "version",
    "runs",
    **{"$schema": {"type": "string"}},
    version={"const": "2.1.0"},
    runs=some(closed("tool", "results", tool=closed("driver", driver=DRIVER), results={"type": "array", "items": RESULT})),
)
"""What we write of SARIF 2.1.0, as its schema has it."""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "our state.yaml"
    path.write_text(STATE)
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)
    return answer.return_value, answer.stdout


@pytest.mark.parametrize(("fail_on", "code"), [("note", 2), ("warning", 2), ("error", 0), ("never", 0)])
def test_exit_codes(file: str, fail_on: str, code: int) -> None:
    assert run("-f", file, "--fail-on", fail_on)[0] == code


def test_paths_may_stand_without_option(file: str) -> None:
    assert run(file) == run("-f", file)


def test_the_table(file: str) -> None:
    _, output = run("-f", file)
    [row] = output.splitlines()[1:]
    assert re.split(" {3,}", row)[:3] == ["warning", "KG102 read-secrets", "ClusterRole reader"]
    assert f"{file}:8:" in row


def test_what_is_suppressed(file: str) -> None:
    _, output = run("-f", file, "--show-suppressed")
    assert "(warning)" in output and "suppressed: me: they come and go (until 2999-01-01)" in output
    found = json.loads(run("-f", file, "--show-suppressed", "-o", "json")[1])
    assert [row.get("suppressed", {}).get("owner") for row in found] == [None, "me"]


def test_escalation(file: str) -> None:
    code, output = run("-f", file, "--escalation", "--fail-on", "error", "-o", "json")
    [found] = [row for row in json.loads(output) if row["rule"] == "KG203"]
    assert code == 2
    assert found["object"] == "ClusterRoleBinding readers"
    assert found["steps"][0]["text"] == "reads the secrets of kube-system: list secrets -n kube-system"
    assert found["steps"][0]["location"].startswith(file)


def test_sarif(file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    _, output = run("-f", file, "--escalation", "-o", "sarif")
    report = json.loads(output)
    validator_for(SARIF).validate(report)
    results = report["runs"][0]["results"]
    places = {row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in results}
    assert places == {"our%20state.yaml"}
    assert {row["ruleId"]: len(row.get("suppressions", [])) for row in results} == {"KG203": 0, "KG102": 0, "KG110": 1}
    rules = report["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[row["ruleIndex"]]["id"] == row["ruleId"] for row in results)
    assert len({row["partialFingerprints"]["kubegate/v1"] for row in results}) == len(results)


def test_sarif_besides(file: str, tmp_path: Path) -> None:
    beside = tmp_path / "out.sarif"
    code, output = run("-f", file, "--sarif-file", str(beside))
    assert (code, output) == run("-f", file)
    validator_for(SARIF).validate(json.loads(beside.read_text()))


def test_files_elsewhere_and_standard_input_in_sarif(file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    [found, _] = json.loads(run("-f", file, "-o", "sarif")[1])["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")
    answer = CliRunner().invoke(command, ["-f", "-", "-o", "sarif"], input=STATE, standalone_mode=False)
    report = json.loads(answer.stdout)
    validator_for(SARIF).validate(report)
    assert all("locations" not in row for row in report["runs"][0]["results"])


def test_annotations_of_github(file: str) -> None:
    _, output = run("-f", file, "--escalation", "-o", "github")
    error, warning = output.splitlines()
    assert error.startswith("::error file=") and "title=KG203 escalates-to-secrets::ClusterRoleBinding readers" in error
    assert "User 100%25,ann reaches" in error
    assert f"file={file},line=8,title=KG102 read-secrets::ClusterRole reader: rules[0]" in warning


@pytest.mark.parametrize("form", ["table", "json", "yaml", "markdown"])
def test_the_rules_are_listed(form: str) -> None:
    code, output = run("--rules", "-o", form)
    assert code == 0
    assert all(rule.id in output and rule.name in output for rule in RULES.values())
    if form == "yaml":
        assert [row["fix"] for row in yaml.safe_load(output)] == [rule.fix for rule in RULES.values()]


def test_what_cannot_be_read_is_left_out_on_demand(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: [")
    assert run("-f", str(tmp_path), "--keep-going")[0] == 4
    (tmp_path / "good.yaml").write_text(STATE)
    assert run("-f", str(tmp_path), "--keep-going")[0] == 2
