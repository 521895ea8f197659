"""The audit log of a server, asked again: its own policies decide as it did; what `learn` makes of it suffices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.cli import learn, replay
from kubegate.compose.application import build_application
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.server import create_app
from kubegate.testing.http_client import Client

RBAC = "/apis/rbac.authorization.k8s.io/v1"
TOKENS = "admin-token,admin,1,system:masters\nalice-token,alice,2,\n"
META = {"name": "editor", "namespace": "default"}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": META,
    "rules": [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch", "create", "delete"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["deletecollection"]},
    ],
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": META,
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "editor"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
}
REQUESTS = [
    ("GET", "/api/v1/namespaces/default/configmaps"),
    ("GET", "/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1"),
    ("GET", "/api/v1/namespaces/default/configmaps/c"),
    ("POST", "/api/v1/namespaces/default/configmaps"),
    ("DELETE", "/api/v1/namespaces/default/configmaps/c"),
    ("DELETE", "/apis/apps/v1/namespaces/default/deployments"),
    ("GET", "/api/v1/namespaces/default/pods/p/log"),
    ("GET", "/api/v1/namespaces/kube-system/secrets"),
    ("GET", "/api/v1/nodes"),
    ("GET", "/metrics"),
    ("GET", "/version"),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What alice did, and was refused; policy.json beside it is what was in force."""
    folder = tmp_path_factory.mktemp("audited")
    (folder / "tokens.csv").write_text(TOKENS)
    (folder / "audit.json").write_text(
        json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]})
    )
    (folder / "policy.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [ROLE, BINDING]}))
    application = build_application(
        Options(
            ServingOptions(),
            StorageOptions(storage="memory", data_dir=str(folder)),
            AuthnOptions(token_auth_file=str(folder / "tokens.csv")),
            AuthzOptions(authorization_mode=["Node", "RBAC"]),
            AdmissionOptions(disable_admission_plugins=["ServiceAccount"]),
            AuditOptions(audit_policy_file=str(folder / "audit.json"), audit_log_path=str(folder / "audit.log")),
        )
    )
    admin = Client(create_app(lambda: application).test_client(), "admin-token")
    for resource, obj in (("roles", ROLE), ("rolebindings", BINDING)):
        assert admin("POST", f"{RBAC}/namespaces/default/{resource}", obj).code == 201
    alice = admin.as_user("alice-token")
    for method, path in REQUESTS:
        alice(method, path, {"metadata": {"name": "c"}} if method == "POST" else None)
    application.close()
    yield folder / "audit.log"


def run(command: Any, *arguments: str) -> Any:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.output
    return result


def replayed(log: Path, *policies: Path) -> list[dict[str, Any]]:
    options = [option for path in policies for option in ("-f", str(path))]
    answer = json.loads(run(replay.command, str(log), *options, "-o", "json").stdout)
    assert answer["events"] > len(REQUESTS)
    found: list[dict[str, Any]] = answer["findings"]
    return found


def test_the_policies_in_force_decide_as_then(log: Path) -> None:
    assert replayed(log, log.parent / "policy.json") == []


def test_other_policies_do_not(log: Path) -> None:
    effects = {(found["effect"], found["verb"], found["what"]) for found in replayed(log)}
    assert ("newly denied", "delete", "configmaps") in effects
    assert not any(effect == "newly allowed" for effect, _, _ in effects)


@pytest.mark.parametrize("names", ["0", "3"])
def test_what_is_learned_allows_what_was_done_and_nothing_else(names: str, log: Path, tmp_path: Path) -> None:
    learned = tmp_path / "learned.yaml"
    learned.write_text(run(learn.command, str(log), "--user", "alice", "--resource-names", names).stdout)
    assert [found for found in replayed(log, learned) if found["user"] == "alice"] == []
    text = learned.read_text()
    assert ("resourceNames" in text) == (names == "3")
    assert "secrets" not in text
    assert "nodes" not in text
