"""The admission policies that ship stop every pod that has the host: the search for paths of escalation says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kubegate.cli.escalate import command

POLICIES = Path(__file__).parents[2] / "policies" / "admission"
CREATES_PODS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: dev}
rules: [{verbs: [create], apiGroups: [""], resources: [pods]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dev, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: dev}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: eve}]
"""


@pytest.mark.parametrize(
    ("policies", "stopped"),
    [
        (["no-privileged", "no-host-access"], True),
        (["no-privileged"], False),
        (["no-host-access"], False),
    ],
)
def test_no_pod_is_root_on_a_node(tmp_path: Path, policies: list[str], stopped: bool) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(CREATES_PODS)
    files = [argument for name in policies for argument in ("-f", str(POLICIES / f"{name}.yaml"))]
    result = CliRunner().invoke(command, ["--subject", "eve", "-f", str(file), *files], standalone_mode=False)
    assert result.return_value == (0 if stopped else 2), result.output
