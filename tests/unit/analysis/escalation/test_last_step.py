"""The last step: what one does with rights that one has; and what the engine refuses is no step."""

from __future__ import annotations

from typing import Any

import pytest

RBAC = "rbac.authorization.k8s.io"
BIND = ("bind", "clusterroles", RBAC)
CREATE_BINDING = ("create", "clusterrolebindings", RBAC)
PATCH_BINDING = ("patch", "clusterrolebindings", RBAC)
ESCALATE = ("escalate", "clusterroles", RBAC)
UPDATE_ROLE = ("update", "clusterroles", RBAC)
AS_USERS = ("impersonate", "users")
AS_GROUPS = ("impersonate", "groups")
READ_SECRETS = ("list", "secrets")


@pytest.mark.parametrize(
    ("rules", "step"),
    [
        ([CREATE_BINDING, BIND], "binds cluster-admin to itself"),
        ([CREATE_BINDING], ""),
        ([BIND], ""),
        ([CREATE_BINDING, (*BIND, "view")], ""),
        ([PATCH_BINDING, (*BIND, "cluster-admin")], "adds itself to ClusterRoleBinding cluster-admin"),
        ([UPDATE_ROLE, ESCALATE], "gives all rights to its own ClusterRole eve"),
        ([UPDATE_ROLE], ""),
        ([ESCALATE], ""),
        ([(*UPDATE_ROLE, "other"), ESCALATE], ""),
        ([AS_USERS, AS_GROUPS], "impersonates somebody in system:masters"),
        ([(*AS_USERS, "", "somebody"), (*AS_GROUPS, "", "system:masters")], "impersonates somebody in system:masters"),
        (
            [("impersonate", "serviceaccounts", "", "job-controller"), (*AS_GROUPS, "", "system:masters")],
            "impersonates job-controller in system:masters",
        ),
        ([AS_GROUPS], ""),
        ([(*AS_USERS, "", "somebody"), (*AS_GROUPS, "", "devs")], ""),
        ([READ_SECRETS], "reads the secrets of kube-system"),
        ([(*READ_SECRETS, "", "mine")], ""),
        ([("*", "configmaps")], ""),
    ],
)
def test_the_last_step(cluster: Any, make: Any, rules: list[tuple[str, ...]], step: str) -> None:
    reached = cluster(*make.eve(*(make.rule(*rule) for rule in rules))).reaches()
    assert [text for texts in reached.values() for text in texts] == ([step] if step else [])


def test_who_holds_everything_already_needs_no_path(cluster: Any, make: Any) -> None:
    assert cluster(make.binding("b", "cluster-admin", make.user("eve"))).reaches() == {}


def test_rights_in_a_namespace_can_be_bound(cluster: Any, make: Any) -> None:
    own = make.eve(make.rule("create", "rolebindings", RBAC), make.rule(*BIND), namespace="ops")
    reached = cluster(*own, make.binding("o", "cluster-admin", make.account("operator", "ops"))).reaches()
    assert reached["cluster-admin"] == [
        "binds cluster-admin to itself in namespace ops",
        "makes a token of ServiceAccount ops/operator",
    ]
    assert cluster(*make.eve(make.rule("create", "rolebindings", RBAC), namespace="ops")).reaches() == {}


def test_its_own_role_in_a_namespace_can_be_enlarged(cluster: Any, make: Any) -> None:
    role = make.role("own", make.rule("update escalate", "roles", RBAC))
    role = {**role, "kind": "Role", "metadata": {"name": "own", "namespace": "kube-system"}}
    binding = make.binding("own", "own", make.user("eve"), "kube-system")
    binding["roleRef"]["kind"] = "Role"
    reached = cluster(role, binding).reaches()
    assert reached["cluster-admin"][0] == "gives all rights to its own Role kube-system/own"


DENY = {
    "apiVersion": "policy.kubegate.dev/v1alpha1",
    "kind": "AccessPolicy",
    "metadata": {"name": "p"},
    "spec": {
        "effect": "Deny",
        "subjects": [{"kind": "User", "name": "eve"}],
        "rules": [{"verbs": ["create"], "apiGroups": [RBAC], "resources": ["clusterrolebindings"]}],
    },
}


def test_what_another_authorizer_denies_is_no_step(cluster: Any, make: Any) -> None:
    objects = make.eve(make.rule(*CREATE_BINDING), make.rule(*BIND))
    assert "cluster-admin" in cluster(*objects).reaches()
    assert "cluster-admin" not in cluster(*objects, DENY).reaches()


def test_what_another_authorizer_allows_is_one(cluster: Any, make: Any) -> None:
    rules = [make.rule("create", "daemonsets", "apps")]
    spec = {"effect": "Allow", "subjects": [{"kind": "User", "name": "eve"}], "rules": rules}
    allow = {**DENY, "spec": spec}
    objects = [*make.eve(), make.binding("op", "cluster-admin", make.account("operator", "ops"))]
    assert cluster(*objects, allow).reaches()["cluster-admin"] == ["runs a pod as ServiceAccount ops/operator"]


def test_without_rbac_everybody_is_asked_for_the_chain(cluster: Any, make: Any) -> None:
    objects = make.eve(make.rule(*CREATE_BINDING), make.rule(*BIND))
    assert cluster(*objects, modes=("AlwaysDeny",)).reaches() == {}
