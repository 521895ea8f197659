"""CVE-2021-25740: who edits Endpoints sends traffic of a shared load balancer into namespaces of others.

There is no check that could tell; the default roles therefore do not include writing them.
"""

from __future__ import annotations

import pytest

from kubegate.testing.gate import Gate

WRITES = ("create", "update", "patch", "delete", "deletecollection")


@pytest.fixture
def team(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """alice, bob and carol have the roles admin, edit and view in the namespace shop."""
    folder = tmp_path_factory.mktemp("roles")
    binding = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {0}, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {1}}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {0}}}]
"""
    pairs = (("alice", "admin"), ("bob", "edit"), ("carol", "view"))
    (folder / "bindings.yaml").write_text("---".join(binding.format(*pair) for pair in pairs))
    return Gate.over(folder, ["bindings.yaml"])


@pytest.mark.parametrize("user", ["alice", "bob", "carol"])
@pytest.mark.parametrize("resource", ["endpoints", "endpointslices.discovery.k8s.io"])
def test_the_default_roles_do_not_write_endpoints(user: str, resource: str, team: Gate) -> None:
    assert team.can(user, f"get {resource} x", namespace="shop")
    for verb in WRITES:
        assert not team.can(user, f"{verb} {resource} x" if verb != "create" else f"create {resource}", namespace="shop")
