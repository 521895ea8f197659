"""`kubegate snapshot` of a started server: everything as the administrator, what may be read as somebody else."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kubernetes import client as official

from kubegate.analysis.snapshot import KINDS, take
from kubegate.bundle.load import load
from kubegate.cli.diff import command as diff
from kubegate.cli.exit_codes import Exit
from kubegate.cli.snapshot import command
from kubegate.testing.api_server import ApiServer
from kubegate.testing.gate import Gate

SECRET = "hunter2"
BINDING = {
    "metadata": {"name": "readers"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
}
CONTAINER = {
    "name": "c",
    "image": "i",
    "args": [SECRET],
    "env": [{"name": "A", "value": SECRET}],
    "livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": SECRET}]}},
    "readinessProbe": {"exec": {"command": ["check", SECRET]}},
    "lifecycle": {"preStop": {"exec": {"command": [SECRET]}}},
}
VOLUMES = [{"name": "v", "csi": {"driver": "d.example", "volumeAttributes": {"password": SECRET}}}]


@pytest.fixture
def server(api_server: ApiServer) -> ApiServer:
    """With a namespace, a binding in it, and a pod full of secrets."""
    with api_server.client() as admin:
        core = official.CoreV1Api(admin)
        core.create_namespace({"metadata": {"name": "shop"}})
        official.RbacAuthorizationV1Api(admin).create_namespaced_role_binding("shop", BINDING)
        core.create_namespaced_secret("shop", {"metadata": {"name": "s"}, "stringData": {"k": SECRET}})
        core.create_namespaced_config_map("shop", {"metadata": {"name": "c"}, "data": {"k": SECRET}})
        core.create_namespaced_pod(
            "shop",
            {
                "metadata": {"name": "p", "annotations": {"tool.example/applied": SECRET}},
                "spec": {"containers": [CONTAINER], "volumes": VOLUMES},
            },
        )
    return api_server


def snapshot(kubeconfig: Path, file: Path, *options: str) -> Any:
    return CliRunner().invoke(command, ["--kubeconfig", str(kubeconfig), "--to", str(file), *options], standalone_mode=False)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_all_of_it_answers_as_the_server_does(form: str, server: ApiServer, tmp_path: Path) -> None:
    file = tmp_path / f"cluster.{form}"
    result = snapshot(server.kubeconfig, file, "-o", form)
    assert (result.return_value, "left out" in result.stderr) == (Exit.OK, False), result.stderr
    gate = Gate.over(tmp_path, [file.name], bootstrap_policy=False)
    assert gate.can("alice", "list pods", namespace="shop")
    assert not gate.can("alice", "list secrets", namespace="shop")
    assert gate.can("system:kube-scheduler", "create pods/binding", namespace="shop")
    assert SECRET not in file.read_text()
    assert {obj["kind"] for obj in load([str(file)]).state} >= {"Namespace", "Pod", "ClusterRole", "RoleBinding"}


@pytest.mark.parametrize("trouble", [{"status": 429, "retry_after": 5, "times": 2}, {"status": 410}, {"abort": True}])
def test_troubles_in_the_middle_lose_nothing(
    trouble: dict[str, Any], server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second page of the roles is refused, has expired, or breaks off."""
    slept: list[float] = []
    monkeypatch.setattr("kubegate.cli.snapshot.take", partial(take, sleep=slept.append))
    calm = tmp_path / "calm.yaml"
    assert snapshot(server.kubeconfig, calm).return_value == Exit.OK
    monkeypatch.setattr("kubegate.analysis.snapshot.PAGE", 20)
    rough = tmp_path / "rough.yaml"
    with server.fault(verb="list", resource="clusterroles", after=1, **trouble) as fault:
        result = snapshot(server.kubeconfig, rough)
    assert (result.return_value, len(fault.hits)) == (Exit.OK, trouble.get("times", 1)), result.stderr
    assert slept == {429: [5, 5], 410: []}.get(trouble.get("status", 0), [1])
    assert rough.read_text() == calm.read_text()
    same = CliRunner().invoke(diff, [str(calm), str(rough), "--fail-on", "any"], standalone_mode=False)
    assert same.return_value == Exit.OK, same.output


def test_what_may_not_be_read_is_left_out_and_said(server: ApiServer, tmp_path: Path) -> None:
    """Somebody who may list roles and bindings, but neither nodes nor admission policies."""
    rules = [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["list"]}]
    rules.append({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]})
    with server.client() as admin:
        rbac = official.RbacAuthorizationV1Api(admin)
        rbac.create_cluster_role({"metadata": {"name": "auditor"}, "rules": rules})
        role = {**BINDING["roleRef"], "name": "auditor"}  # type: ignore[dict-item]
        rbac.create_cluster_role_binding({"metadata": {"name": "auditor"}, "roleRef": role, "subjects": BINDING["subjects"]})
    file = tmp_path / "cluster.yaml"
    result = snapshot(server.kubeconfig_of("alice"), file)
    assert result.return_value == Exit.UNDECIDED
    readable = {"Namespace", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    told = {line.split(":")[2].strip() for line in result.stderr.splitlines() if line.startswith("warning: left out:")}
    assert told == {kind.kind for kind in KINDS} - readable - {"AccessPolicy"}  # which this server does not have
    assert 'User "alice" cannot list resource "nodes"' in result.stderr
    assert {obj["kind"] for obj in load([str(file)]).state} == readable
    assert Gate.over(tmp_path, [file.name], bootstrap_policy=False).can("alice", "list pods", namespace="shop")


def test_nobody_gets_nothing(server: ApiServer, tmp_path: Path) -> None:
    config = tmp_path / "config"
    text = server.kubeconfig.read_text()
    start, end = text.index("client-certificate-data"), text.index("\n", text.index("client-key-data"))
    config.write_text(text[:start] + "token: wrong" + text[end:])
    result = snapshot(config, tmp_path / "cluster.yaml")
    assert "does not accept the credentials" in str(result.exception)
    assert not (tmp_path / "cluster.yaml").exists()
