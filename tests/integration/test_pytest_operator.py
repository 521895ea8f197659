"""Operators under their service accounts: refusals fail their tests, and the least roles are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.testing.api_server import ApiServer
from kubegate.testing.server.least_roles import least_roles
from kubegate.testing.server.refusals import Refused

pytest_plugins = ["pytester"]

ROLES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: copier}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: copier}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: copier}
subjects: [{kind: ServiceAccount, namespace: ops, name: copier}]
"""
OPERATOR = """
import pytest
from kubernetes import client

@pytest.fixture
def core(operator):
    with operator.client() as made:
        yield client.CoreV1Api(made)

@pytest.mark.kubegate(operator="ops/copier", manifests=["roles.yaml"])
def test_copies(core):
    core.list_namespaced_config_map("default")
    try:
        core.create_namespaced_config_map("default", {"metadata": {"name": "copy"}})
    except client.ApiException:
        pass  # an operator that hides its troubles
"""


@pytest.fixture
def inner(inner_pytest: Any) -> Any:
    inner_pytest.write({"roles.yaml": ROLES, "test_operator.py": OPERATOR})
    return inner_pytest


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def test_a_refusal_fails_the_test_and_says_what_is_missing(inner: Any) -> None:
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "system:serviceaccount:ops:copier was refused 1 request:",
            "  POST /api/v1/namespaces/default/configmaps",
            '    configmaps is forbidden: User "system:serviceaccount:ops:copier" cannot create resource "configmaps" *',
            "    nearest miss: ClusterRoleBinding copier gives ClusterRole copier, whose rule 0 allows *but not create",
            '      add "create" to the verbs of rules?0? of ClusterRole copier',
            "the least that all its requests need:",
            "*kind: Role*",
        ]
    )


def test_what_is_allowed_passes(inner: Any) -> None:
    roles = inner.path.joinpath("roles.yaml")
    roles.write_text(ROLES.replace("[get, list]", "[create, list]"))
    inner.run().assert_outcomes(passed=1)


def test_the_least_roles_are_written_and_pass(inner: Any) -> None:
    result = inner.run("--kubegate-write-role=made/roles.yaml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["kubegate: 2 objects in made/roles.yaml: *"])
    role, binding = documents(inner.path / "made" / "roles.yaml")
    assert role["rules"] == [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "list"]}]
    assert (role["kind"], role["metadata"]["namespace"]) == ("Role", "default")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "namespace": "ops", "name": "copier"}]
    inner.path.joinpath("roles.yaml").write_text((inner.path / "made" / "roles.yaml").read_text())
    inner.run().assert_outcomes(passed=1)


def test_a_test_that_fails_itself_shows_the_refusals_too(inner: Any) -> None:
    inner.write({"test_operator.py": OPERATOR + "    raise AssertionError('no copy')\n"})
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no copy", "*kubegate*", "system:serviceaccount:ops:copier was refused 1 request:"])


def test_roles_of_a_failing_run_are_marked(inner: Any) -> None:
    inner.write({"test_operator.py": OPERATOR + "    raise AssertionError('no copy')\n"})
    result = inner.run("--kubegate-write-role=made.yaml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["kubegate: 2 objects in made.yaml: *", "kubegate: some tests did not pass, *"])


def test_the_marker_must_name_an_account(inner: Any) -> None:
    inner.write({"test_operator.py": OPERATOR.replace("ops/copier", "copier")})
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*UsageError: *operator=?namespace/name?*"])


def test_learning_lets_everything_pass(api_server: ApiServer) -> None:
    from kubernetes import client as official

    with api_server.as_service_account("ops", "learner", allow_all=True) as operator, operator.client() as client:
        core = official.CoreV1Api(client)
        core.create_namespaced_secret("default", {"metadata": {"name": "s"}})
        core.patch_namespaced_secret("s", "default", {"data": {"k": "dg=="}})
        official.VersionApi(client).get_code()
        roles = operator.roles(names=5)
    assert [rule for obj in roles if obj["kind"] == "Role" for rule in obj["rules"]] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"], "resourceNames": ["s"]},
    ]
    index = RbacAuthorizer(roles)
    assert operator.needs and all(index.authorize(need.attributes).allowed for need in operator.needs)
    assert least_roles(operator.needs, names=5) == roles


def test_who_grants_must_hold_what_he_grants(api_server: ApiServer, tmp_path: Path) -> None:
    """The least roles allow it with the rules that prevent escalation in force."""
    from kubernetes import client as official

    role: Any = {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}
    bob = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob"}]
    binding: Any = {"metadata": {"name": "b"}, "roleRef": ref, "subjects": bob}

    def work(client: official.ApiClient) -> None:
        rbac = official.RbacAuthorizationV1Api(client)
        rbac.create_namespaced_role("default", role)
        rbac.create_namespaced_role_binding("default", binding)

    with api_server.as_service_account("ops", "granter", allow_all=True) as operator, operator.client() as client:
        work(client)
        operator.write_roles(tmp_path / "roles.yaml")
    names = {obj["metadata"]["name"] for obj in documents(tmp_path / "roles.yaml")}
    assert names == {"learned-ops-granter", "learned-ops-granter-grants"}
    api_server.reset()
    manifests = [tmp_path / "roles.yaml"]
    with api_server.as_service_account("ops", "granter", manifests=manifests) as operator, operator.client() as client:
        work(client)
    role["metadata"]["name"], role["rules"][0]["verbs"] = "more", ["get", "delete"]
    with (
        pytest.raises(Refused, match="attempting to grant RBAC permissions not currently held"),
        api_server.as_service_account("ops", "granter") as operator,
        operator.client() as client,
        pytest.raises(official.ApiException),
    ):
        official.RbacAuthorizationV1Api(client).create_namespaced_role("default", role)


def test_it_is_really_the_account(api_server: ApiServer) -> None:
    from kubernetes import client as official

    api_server.clock.set("2031-05-01T00:00:00Z")
    with api_server.as_service_account("ops", "copier") as operator, operator.client() as client:
        api_server.clock.advance(days=300)
        review: Any = official.AuthenticationV1Api(client).create_self_subject_review({})
    user = review.status.user_info
    assert user.username == "system:serviceaccount:ops:copier"
    assert user.groups == ["system:serviceaccounts", "system:serviceaccounts:ops", "system:authenticated"]
    assert [seen.request for seen in operator.requests] == ["POST /apis/authentication.k8s.io/v1/selfsubjectreviews"]
    assert operator.roles() == []
