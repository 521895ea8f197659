"""AccessPolicies as objects of the API: who may write them, and that they decide at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.compose.application import Application, build_application
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.server import create_app
from kubegate.testing.http_client import Client

PATH = "/apis/policy.kubegate.dev/v1alpha1/accesspolicies"
RBAC = "rbac.authorization.k8s.io"
FILE = """\
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: of-a-file}
spec:
  effect: Deny
  subjects: [{kind: User, name: editor}]
  rules: [{verbs: ["*"], apiGroups: [""], resources: [secrets]}]
"""
CONFIGURATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- {{type: AccessPolicy, name: accesspolicy, accessPolicy: {{paths: [{paths}]}}}}
- {{type: RBAC, name: rbac}}
"""


@pytest.fixture
def deciding(tmp_path: Path) -> Application:
    (tmp_path / "tokens.csv").write_text("admin-token,admin,1,system:masters\neditor-token,editor,2,\n")
    (tmp_path / "policy.yaml").write_text(FILE)
    (tmp_path / "authz.yaml").write_text(CONFIGURATION.format(paths=tmp_path / "policy.yaml"))
    storage = StorageOptions(storage="memory", data_dir=str(tmp_path))
    authn = AuthnOptions(token_auth_file=str(tmp_path / "tokens.csv"))
    authz = AuthzOptions(authorization_config=str(tmp_path / "authz.yaml"))
    made = build_application(Options(ServingOptions(), storage, authn, authz, AdmissionOptions()))
    grant(client_of(made, "admin-token"), "pods", "get", "list")
    grant(client_of(made, "admin-token"), "accesspolicies", "create", "update", "get")
    return made


def client_of(application: Application, token: str) -> Client:
    return Client(create_app(lambda: application).test_client(), token)


def grant(admin: Client, resource: str, *verbs: str) -> None:
    group = "policy.kubegate.dev" if resource == "accesspolicies" else ""
    name = f"{resource}-{verbs[0]}"
    rules = [{"verbs": list(verbs), "apiGroups": [group], "resources": [resource]}]
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    subjects = [{"apiGroup": RBAC, "kind": "User", "name": "editor"}]
    metadata = {"name": name}
    assert admin("POST", f"/apis/{RBAC}/v1/clusterroles", {"metadata": metadata, "rules": rules}).code == 201
    binding = {"metadata": metadata, "roleRef": ref, "subjects": subjects}
    assert admin("POST", f"/apis/{RBAC}/v1/clusterrolebindings", binding).code == 201


def policy(name: str, effect: str, **spec: object) -> dict[str, object]:
    rules = [{"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]}]
    subjects = [{"kind": "User", "name": "editor"}]
    body = {"effect": effect, "subjects": subjects, "rules": rules, **spec}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": body}


def test_a_policy_decides_from_when_it_is_written(deciding: Application) -> None:
    admin, editor = client_of(deciding, "admin-token"), client_of(deciding, "editor-token")
    assert editor("GET", "/api/v1/pods").code == 200
    assert admin("POST", PATH, policy("p", "Deny", reason="not now")).code == 201
    refused = editor("GET", "/api/v1/pods")
    assert refused.code == 403
    assert refused.body["message"].endswith('AccessPolicy: denied by "p": not now')
    assert admin("DELETE", f"{PATH}/p").code == 200
    assert editor("GET", "/api/v1/pods").code == 200


def test_only_who_may_escalate_them_writes_them(deciding: Application) -> None:
    admin, editor = client_of(deciding, "admin-token"), client_of(deciding, "editor-token")
    refused = editor("POST", PATH, policy("p", "Allow"))
    assert refused.code == 403
    assert "escalate" in refused.body["message"]
    grant(admin, "accesspolicies", "escalate")
    assert editor("POST", PATH, policy("p", "Allow")).code == 201


def test_a_wrong_policy_is_refused_with_what_is_wrong(deciding: Application) -> None:
    admin = client_of(deciding, "admin-token")
    for wrong, complaint in (({"when": ["request."]}, "Syntax error"), ({"breakGlass": True}, "of-a-file")):
        refused = admin("POST", PATH, policy("p", "Allow", **wrong))
        assert refused.code == 422
        assert complaint in refused.body["message"]


@pytest.mark.parametrize(
    "misspelt",
    [
        {"namespace": ["payments"]},
        {"exceptSubject": [{"kind": "User", "name": "root"}]},
        {"rules": [{"verbs": ["*"], "apiGroups": [""], "resources": ["pods"], "resourceName": ["web"]}]},
        {"rules": [{"verbs": ["*"], "apiGroups": [""], "resources": ["pods"], "labelSelector": {"matchLabel": {"a": "b"}}}]},
        {"subjects": [{"kind": "User", "name": "editor", "nameSpace": "x"}]},
    ],
)
def test_a_limit_that_is_misspelt_is_not_dropped(deciding: Application, misspelt: dict[str, object]) -> None:
    admin = client_of(deciding, "admin-token")
    assert admin("POST", PATH, policy("p", "Deny", **misspelt)).code == 422
    assert admin("GET", f"{PATH}/p").code == 404


def test_files_are_in_force_and_read_anew(deciding: Application, tmp_path: Path) -> None:
    editor = client_of(deciding, "editor-token")
    assert "of-a-file" in editor("GET", "/api/v1/secrets").body["message"]
    (tmp_path / "policy.yaml").write_text(FILE.replace("secrets", "pods"))
    deciding.reload()
    assert editor("GET", "/api/v1/pods").code == 403


def test_policies_of_the_api_outlive_a_reload(deciding: Application) -> None:
    admin, editor = client_of(deciding, "admin-token"), client_of(deciding, "editor-token")
    admin("POST", PATH, policy("p", "Deny"))
    deciding.reload()
    assert editor("GET", "/api/v1/pods").code == 403


def test_the_kind_is_not_served_where_it_does_not_decide(client: Client) -> None:
    assert client("GET", PATH).code == 404
