"""The chain of authorizers: where AccessPolicies come from, and which files it is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.compose.authz import build_authz, decides_by_access_policies, policy_files
from kubegate.compose.core import build_core
from kubegate.compose.surroundings import Surroundings
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.errors import ConfigurationError

CONFIGURATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- {{type: AlwaysDeny, name: alwaysdeny}}
- {{type: AccessPolicy, name: accesspolicy{paths}}}
"""
POLICY = """\
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: p}
spec: {effect: Allow, subjects: [{kind: User, name: u}], rules: [{verbs: [get], apiGroups: [""], resources: [pods]}]}
"""


def configured(folder: Path, *paths: Path) -> AuthzOptions:
    named = f", accessPolicy: {{paths: [{', '.join(map(str, paths))}]}}" if paths else ""
    file = folder / "authz.yaml"
    file.write_text(CONFIGURATION.format(paths=named))
    return AuthzOptions(authorization_config=str(file))


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "p.yaml").write_text(POLICY)
    return folder


def names(chain) -> list[str]:
    return [type(member).__name__ for member in chain.members]


def test_policies_of_the_configuration(tmp_path: Path, policies: Path) -> None:
    chain = build_authz(configured(tmp_path, policies), {})
    assert names(chain) == ["PrivilegedGroups", "AlwaysDeny", "AccessPolicyAuthorizer"]
    assert [policy.name for policy in chain.members[-1].policies] == ["p"]


def test_two_policies_of_one_name_in_files_are_an_error(tmp_path: Path, policies: Path) -> None:
    """Else the one that is read later would lift the denials of the other."""
    (policies / "q.yaml").write_text(POLICY.replace("Allow", "Deny"))
    with pytest.raises(ConfigurationError, match="replaces the one at"):
        build_authz(configured(tmp_path, policies), {})


def test_a_chain_in_which_denials_come_too_late_is_told(
    tmp_path: Path, policies: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build_authz(configured(tmp_path, policies), {})
    assert caplog.messages == []
    options = AuthzOptions(authorization_mode=["AlwaysAllow", "AccessPolicy"], access_policy_file=[str(policies)])
    build_authz(options, {})
    assert caplog.messages == ["AccessPolicy is asked after AlwaysAllow: what these allow, no AccessPolicy denies"]


def test_policies_must_come_from_somewhere(tmp_path: Path, policies: Path) -> None:
    with pytest.raises(ConfigurationError, match="access-policy-file not passed"):
        build_authz(configured(tmp_path), {})
    with pytest.raises(ConfigurationError, match="access-policy-file not passed"):
        build_authz(AuthzOptions(authorization_mode=["AccessPolicy"]), {})
    (policies / "role.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n")
    with pytest.raises(ConfigurationError, match="only AccessPolicies belong"):
        build_authz(AuthzOptions(authorization_mode=["AccessPolicy"], access_policy_file=[str(policies)]), {})


def test_where_they_come_from_may_be_chosen(tmp_path: Path, policies: Path) -> None:
    asked = []
    marker = build_authz(AuthzOptions(authorization_mode=["AlwaysDeny"]), {})

    def made(paths):
        asked.append(list(paths))
        return marker

    build_authz(configured(tmp_path), {}, made)
    build_authz(configured(tmp_path, policies), {}, made)
    build_authz(AuthzOptions(authorization_mode=["AccessPolicy"], access_policy_file=["x"]), {}, made)
    assert asked == [[], [str(policies)], ["x"]]


def test_the_files_that_are_watched(tmp_path: Path, policies: Path) -> None:
    options = configured(tmp_path, policies)
    assert policy_files(options) == [options.authorization_config, str(policies)]
    Path(options.authorization_config).write_text("nonsense")
    assert policy_files(options) == [options.authorization_config]
    flags = AuthzOptions(authorization_mode=["ABAC"], authorization_policy_file="a", access_policy_file=["b", "c"])
    assert policy_files(flags) == ["b", "c", "a"]


def test_are_access_policies_asked(tmp_path: Path) -> None:
    assert decides_by_access_policies(configured(tmp_path))
    assert decides_by_access_policies(AuthzOptions(authorization_mode=["RBAC", "AccessPolicy"]))
    assert not decides_by_access_policies(AuthzOptions())


@pytest.mark.parametrize(("gate", "allowed"), [("true", True), ("false", False), ("", False)])
def test_nodes_request_pod_certificates_if_the_gate_is_open(gate: str, allowed: bool) -> None:
    serving = ServingOptions(feature_gates={"PodCertificateRequest": gate} if gate else {})
    core = build_core(StorageOptions(storage="memory"), serving, Surroundings())
    node = User("system:node:n1", groups=("system:nodes",))
    request = Attributes(node, "create", group="certificates.k8s.io", resource="podcertificaterequests", namespace="a")
    try:
        assert core.node.authorize(request).allowed is allowed
    finally:
        core.store.close()
