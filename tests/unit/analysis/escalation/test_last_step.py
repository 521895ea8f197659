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
OPERATOR = "ServiceAccount ops/operator"
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


@pytest.mark.parametrize(
    ("bindable", "write", "steps"),
    [
        ("reader", CREATE_BINDING, ["binds ClusterRole reader to itself", "reads the secrets of kube-system"]),
        ("other", CREATE_BINDING, None),
        ("reader", PATCH_BINDING, ["adds itself to ClusterRoleBinding there", "reads the secrets of kube-system"]),
        ("reader", (*PATCH_BINDING, "another"), None),
    ],
)
def test_a_role_that_one_may_bind_without_holding_it(
    cluster: Any, make: Any, bindable: str, write: tuple[str, ...], steps: list[str] | None
) -> None:
    reader = [make.role("reader", make.rule("get", "secrets")), make.binding("there", "reader", make.user("kim"))]
    own = make.eve(make.rule(*write), make.rule("bind", "clusterroles", RBAC, bindable))
    reached = cluster(*reader, *own).reaches()
    assert reached.get("secrets of kube-system") == steps


def test_a_role_that_is_bound_in_a_namespace_is_good_there_only(cluster: Any, make: Any) -> None:
    objects = [
        make.role("tokens", make.rule("create", "serviceaccounts/token")),
        make.binding("op", "cluster-admin", make.account("operator", "ops")),
    ]
    rules = [make.rule("create", "rolebindings", RBAC), make.rule("bind", "clusterroles", RBAC, "tokens")]
    assert cluster(*objects, *make.eve(*rules, namespace="ops")).reaches() == {
        "cluster-admin": ["binds ClusterRole tokens to itself in namespace ops", f"makes a token of {OPERATOR}"]
    }
    assert cluster(*objects, *make.eve(*rules, namespace="shop")).reaches() == {}


def test_what_one_has_and_what_one_binds_count_together(cluster: Any, make: Any) -> None:
    """Neither the right to label namespaces nor that to create pods is enough."""
    objects = [
        make.namespace("shop", enforce="restricted"),
        make.role("runs", make.rule("create", "pods")),
        *make.eve(make.rule("patch", "namespaces", "", "shop")),
    ]
    rules = [make.rule("create", "rolebindings", RBAC), make.rule("bind", "clusterroles", RBAC, "runs")]
    assert cluster(*objects, *make.eve(*rules, namespace="shop")).reaches() == {
        "root on nodes": [
            "binds ClusterRole runs to itself in namespace shop",
            "labels namespace shop privileged, and runs a pod that has the host in namespace shop",
        ]
    }


def test_a_role_that_gathers_what_is_made(cluster: Any, make: Any) -> None:
    labels = {"gather": "yes"}
    part = make.role("part", make.rule("get", "pods"))
    part["metadata"]["labels"] = labels
    gathers = {**make.role("mine"), "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]}}
    own = make.eve(make.rule("create escalate", "clusterroles", RBAC))
    bound = make.binding("m", "mine", make.user("eve"))
    step = "makes a ClusterRole with all rights, which its own mine gathers"
    assert cluster(part, gathers, bound, *own).reaches() == {"cluster-admin": [step]}
    assert cluster(part, gathers, *own).reaches() == {}
    assert cluster(part, gathers, bound, *make.eve(make.rule("create", "clusterroles", RBAC))).reaches() == {}
