"""The pre-commit hooks and the GitHub action that we ship do what they say, in a repository of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pre_commit.clientlib import load_manifest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())

ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: reader}}
rules: [{{verbs: [get], apiGroups: [""], resources: [{0}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: readers}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: ann}}]
"""
SUITE = """
apiVersion: testing.kubegate.dev/v1alpha1
kind: PolicySuite
metadata: {name: readers}
spec:
  policies: [rbac.yaml]
  users: {ann: {name: ann}}
  access: [{user: ann, can: [get pods]}]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of policies, with one commit."""
    folder = tmp_path / "repository"
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / "rbac.yaml").write_text(ROLE.format("pods"))
    (folder / "policies" / "rbac.kubegate.yaml").write_text(SUITE)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, env=environment(folder), check=True, capture_output=True, text=True
    ).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "policies")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Without settings of the developer; kubegate is that of this Python."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder.parent), "PRE_COMMIT_HOME": str(folder.parent / "cache"), **more}


# ---------------------------------------------------------------- hooks


def pre_commit(folder: Path) -> tuple[int, str]:
    """Run the shipped hooks; only their installation is left out, because kubegate is there."""
    hooks = [{**hook, "language": "system"} for hook in yaml.safe_load(HOOKS.read_text())]
    configuration = {"repos": [{"repo": "local", "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(configuration))
    git(folder, "add", "-A")
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose"]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_manifest_is_one() -> None:
    hooks = load_manifest(str(HOOKS))
    assert [(hook["id"], hook["language"]) for hook in hooks] == [("kubegate-lint", "python"), ("kubegate-test", "python")]


def test_hooks_pass(repository: Path) -> None:
    code, output = pre_commit(repository)
    assert code == 0, output
    assert output.count("Passed") == 2 and "1 passed, 0 failed" in output


def test_hooks_fail(repository: Path) -> None:
    (repository / "policies" / "rbac.yaml").write_text(ROLE.format("secrets"))
    code, output = pre_commit(repository)
    assert code == 1
    assert "KG102 read-secrets" in output and "0 passed, 1 failed" in output


# ---------------------------------------------------------------- the action


def step(name: str) -> dict[str, Any]:
    [found] = [row for row in ACTION["runs"]["steps"] if row["name"] == name]
    return dict(found)


def run(name: str, folder: Path, before: str = "", **inputs: str) -> tuple[int, str]:
    """Run a step's script as GitHub does; inputs that are not given have their default."""
    values = {key: str(row.get("default", "")) for key, row in ACTION["inputs"].items()} | {
        key.replace("_", "-"): value for key, value in inputs.items()
    }
    given = {"github.action_path": str(ROOT), **{f"inputs.{key}": value for key, value in values.items()}}
    variables = {
        key: re.sub(r"\$\{\{ (.+?) \}\}", lambda match: given[match[1]], value) for key, value in step(name)["env"].items()
    }
    temporary = folder.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    files = {key: str(temporary / key) for key in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
    env = environment(folder, RUNNER_TEMP=str(temporary), **files, **variables)
    env["PATH"] = f"{before}{os.pathsep}{env['PATH']}" if before else env["PATH"]
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_action_is_a_composite_whose_steps_are_bash() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for row in ACTION["runs"]["steps"]:
        assert row["shell"] == "bash"
        assert "${{" not in row["run"], "inputs must not become part of a script"
        assert set(re.findall(r"inputs\.([\w-]+)", json.dumps(row))) <= set(ACTION["inputs"])
    used = re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"]))
    assert set(used) == set(ACTION["inputs"])


@pytest.mark.parametrize(("package", "installed"), [("", str(ROOT)), ("kubegate==1.0", "kubegate==1.0")])
def test_install(repository: Path, package: str, installed: str) -> None:
    tools = repository.parent / "tools"
    tools.mkdir()
    pip = '#!/bin/sh\necho "$@" > "$RUNNER_TEMP/pip"\n'
    (tools / "python3").write_text(
        f'#!/bin/sh\nmkdir -p "$3/bin"\ncat > "$3/bin/pip" <<\'END\'\n{pip}END\nchmod +x "$3/bin/pip"\n'
    )
    (tools / "python3").chmod(0o755)
    code, output = run("Install kubegate", repository, str(tools), package=package)
    assert code == 0, output
    temporary = repository.parent / "temporary"
    assert (temporary / "pip").read_text() == f"install --quiet {installed}\n"
    assert (temporary / "GITHUB_PATH").read_text() == f"{temporary}/kubegate/bin\n"


def test_lint(repository: Path) -> None:
    assert run("Lint", repository) == (0, "")
    (repository / "policies" / "rbac.yaml").write_text(ROLE.format("secrets"))
    code, output = run("Lint", repository, lint="policies", escalation="true", sarif_file="out.sarif")
    assert code == 2
    assert "::warning file=policies/rbac.yaml,line=5,title=KG102 read-secrets::ClusterRole reader" in output
    assert "::error file=policies/rbac.yaml" in output and "KG203" in output
    results = json.loads((repository / "out.sarif").read_text())["runs"][0]["results"]
    assert {"KG102", "KG203"} <= {result["ruleId"] for result in results}
    assert run("Lint", repository, lint="policies", fail_on="error")[0] == 0


def test_suppressions(repository: Path) -> None:
    (repository / "policies" / "rbac.yaml").write_text(ROLE.format("secrets"))
    row = {"rule": "KG102", "object": "ClusterRole reader", "owner": "ann", "reason": "the backup", "expires": "2999-01-01"}
    (repository / ".suppressions.yaml").write_text(json.dumps([row]))
    assert run("Lint", repository, suppressions=".suppressions.yaml") == (0, "")


def test_inputs_are_never_read_as_a_script(repository: Path) -> None:
    hostile = "nowhere $(touch${IFS}hacked) ;touch hacked `touch hacked`"
    for name, field in (("Lint", "lint"), ("Test", "test")):
        assert run(name, repository, **{field: hostile})[0] == 3
    assert not (repository / "hacked").exists()


def test_suites(repository: Path) -> None:
    assert run("Test", repository, test="policies")[0] == 0
    (repository / "policies" / "rbac.yaml").write_text(ROLE.format("services"))
    code, output = run("Test", repository, test="policies")
    assert code == 2 and "::error" in output


def test_compare(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD").strip()
    assert run("Compare", repository, diff="policies", diff_base=base)[0] == 0
    (repository / "policies" / "rbac.yaml").write_text(ROLE.format("pods, secrets"))
    commit(repository)
    code, output = run("Compare", repository, diff="policies", diff_base=base)
    assert code == 2 and "secrets" in output and "::error title=kubegate diff::" in output
    assert "### Change of access" in (repository.parent / "temporary" / "GITHUB_STEP_SUMMARY").read_text()
    assert run("Compare", repository, diff="policies", diff_base=base, fail_on_diff="never")[0] == 0
    assert run("Compare", repository, diff="policies", diff_base=base, fail_on_diff="narrow")[0] == 0


def test_entries_are_commands_of_ours() -> None:
    for hook in yaml.safe_load(HOOKS.read_text()):
        program, command = shlex.split(hook["entry"])
        assert (program, command in ("lint", "test")) == ("kubegate", True)
