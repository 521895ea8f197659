"""CVE-2021-25743: names and messages with escape sequences took over the terminal of whoever printed them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubegate.cli.main import main

EVIL = "mallory\x1b[2J\x1b]0;owned\x07\x9b31m\r"
COMMANDS = [
    ["who-can", "get", "secrets", "-n", "kube-system"],
    ["who-can", "get", "secrets", "-n", "kube-system", "-o", "wide"],
    ["who-can", "get", "secrets", "-n", "kube-system", "-o", "markdown"],
    ["explain", "get", "secrets", "-n", "kube-system", "--as", EVIL],
    ["explain", "delete", "secrets", "-n", "kube-system", "--as", EVIL],
    ["can-i", "--list", "-n", "kube-system", "--as", EVIL],
    ["matrix"],
    ["lint"],
    ["escalate", "--subject", "mallory*"],
]


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    group = "rbac.authorization.k8s.io"
    meta = {"name": f"b-{EVIL}", "namespace": "kube-system"}
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta}
    rules = [{"apiGroups": [""], "resources": ["secrets", f"x{EVIL}"], "verbs": ["*"]}]
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": meta["name"]},
        "subjects": [{"apiGroup": group, "kind": "User", "name": EVIL}],
    }
    path = tmp_path / "evil.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [{**role, "rules": rules}, binding]}))
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_what_manifests_say_does_not_reach_the_terminal_raw(
    command: list[str], manifests: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, "-f", str(manifests)])
    shown = "".join(capfd.readouterr())
    assert r"\x9b31m" in shown
    assert not {char for char in shown if (ord(char) < 0x20 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0}


def test_errors_do_not_either(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "evil.yaml").write_text('apiVersion: v1\nkind: "Pod\\e[2J"\nmetadata: {"na\\e[2Jme": x}\n')
    for name in ("evil.yaml", "none\x1b[2J.yaml"):
        with pytest.raises(SystemExit):
            main(["can-i", "get", "pods", "-f", str(tmp_path / name)])
    assert "\x1b" not in "".join(capfd.readouterr())
