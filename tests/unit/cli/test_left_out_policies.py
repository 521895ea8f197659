"""AccessPolicies that are wrong: an error, or with --keep-going left out and said, undecided where it could matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.cli.can_i import command as can_i
from kubegate.cli.diff import command as diff
from kubegate.cli.exit_codes import Exit
from kubegate.cli.matrix import command as matrix
from kubegate.cli.who_can import command as who_can
from kubegate.errors import InvalidInput


def policy(name: str, effect: str, **spec: Any) -> dict[str, Any]:
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    subjects = [{"kind": "User", "name": "ann"}]
    spec = {"effect": effect, "subjects": subjects, "rules": rules, **spec}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}


def write(folder: Path, *policies: dict[str, Any]) -> str:
    (folder / "policies.yaml").write_text("\n---\n".join(map(json.dumps, policies)))
    return str(folder)


def run(command: Any, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stderr


BROKEN_DENY = policy("broken", "Deny", when=["request.("])
BROKEN_ALLOW = policy("broken", "Allow", when=["request.("])
BREAK_GLASS = policy("glass", "Allow", breakGlass=True)
DENIES_ANN = policy("broken", "Deny", rules=[{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])
ANN, BOB = ("get", "pods", "--as", "ann"), ("get", "pods", "--as", "bob")


@pytest.mark.parametrize(
    ("policies", "asked", "code"),
    [
        ((BROKEN_DENY, policy("fine", "Allow")), ANN, Exit.UNDECIDED),  # a yes that it might have denied
        ((BROKEN_DENY, policy("fine", "Allow")), BOB, Exit.UNDECIDED),
        ((BROKEN_ALLOW, policy("fine", "Allow")), ANN, Exit.OK),
        ((BROKEN_ALLOW, policy("fine", "Deny")), ANN, Exit.UNDECIDED),  # a no that it might not have changed
        ((policy("broken", "Forbid"), policy("fine", "Allow")), ANN, Exit.UNDECIDED),
        ((BREAK_GLASS, DENIES_ANN), ANN, Exit.UNDECIDED),  # alone, each of them is right
    ],
)
def test_one_answer(tmp_path: Path, policies: Any, asked: tuple[str, ...], code: Exit) -> None:
    folder = write(tmp_path, *policies)
    with pytest.raises(InvalidInput, match="broken"):
        run(can_i, *asked, "-f", folder)
    found, said = run(can_i, *asked, "-f", folder, "--keep-going")
    assert (found, said.count("left out:")) == (code, 1)
    assert f"left out: {folder}/policies.yaml:" in said and "'broken'" in said


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(who_can, ("get", "pods", "-f", "FILES")), (matrix, ("-f", "FILES")), (diff, ("FILES", "FILES"))],
)
def test_lists_are_undecided(tmp_path: Path, command: Any, arguments: tuple[str, ...]) -> None:
    folder = write(tmp_path, BROKEN_ALLOW, policy("fine", "Allow"))
    code, said = run(command, *(folder if text == "FILES" else text for text in arguments), "--keep-going")
    assert code == Exit.UNDECIDED and "'broken'" in said
