"""Taking on another identity: each way is found where it is possible, and only there."""

from __future__ import annotations

from typing import Any

import pytest

CSR = "certificates.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
OPERATOR = "ServiceAccount ops/operator"


@pytest.fixture
def running(make: Any) -> list[dict[str, Any]]:
    """A service account that may do everything, pods and a token of it."""
    annotations = {"kubernetes.io/service-account.name": "operator"}
    token = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "old-token", "namespace": "ops", "annotations": annotations},
    }
    return [
        make.binding("op", "cluster-admin", make.account("operator", "ops")),
        make.pod("op-1", "ops", "operator", "n1"),
        make.deployment("web", "ops"),
        make.pod("shell", "ops", "operator", stdin=True),
        token,
    ]


WAYS = [
    (("create", "pods"), f"runs a pod as {OPERATOR}"),
    (("create", "deployments", "apps"), f"runs a pod as {OPERATOR}"),
    (("create", "daemonsets", "apps"), f"runs a pod as {OPERATOR}"),
    (("create", "statefulsets", "apps"), f"runs a pod as {OPERATOR}"),
    (("create", "replicasets", "apps"), f"runs a pod as {OPERATOR}"),
    (("create", "jobs", "batch"), f"runs a pod as {OPERATOR}"),
    (("create", "cronjobs", "batch"), f"runs a pod as {OPERATOR}"),
    (("create", "replicationcontrollers"), f"runs a pod as {OPERATOR}"),
    (("patch", "deployments", "apps"), f"has Deployment ops/web run pods as {OPERATOR}"),
    (("update", "deployments", "apps", "web"), f"has Deployment ops/web run pods as {OPERATOR}"),
    (("update", "deployments", "apps", "other"), ""),
    (("get", "pods"), ""),
    (("create", "pods/exec"), f"runs commands in pod ops/op-1, as {OPERATOR}"),
    (("create", "pods/exec", "", "op-1"), f"runs commands in pod ops/op-1, as {OPERATOR}"),
    (("create", "pods/exec", "", "web-0"), ""),
    (("get", "pods/exec"), ""),
    (("create", "pods/attach"), f"attaches to pod ops/shell, which runs as {OPERATOR}"),
    (("create", "pods/portforward"), ""),
    (("patch", "pods/ephemeralcontainers"), f"adds a container to pod ops/op-1, which runs as {OPERATOR}"),
    (("patch", "pods"), f"changes the image of pod ops/op-1, which runs as {OPERATOR}"),
    (("create", "serviceaccounts/token"), f"makes a token of {OPERATOR}"),
    (("create", "serviceaccounts/token", "", "operator"), f"makes a token of {OPERATOR}"),
    (("create", "serviceaccounts/token", "", "other"), ""),
    (("impersonate", "serviceaccounts"), f"impersonates {OPERATOR}"),
    (("get", "secrets", "", "old-token"), f"reads the token of {OPERATOR} in Secret ops/old-token"),
    (("get", "secrets", "", "other"), ""),
    (("create", "secrets"), ""),
]


@pytest.mark.parametrize(("rule", "step"), WAYS)
def test_becoming_a_service_account(
    cluster: Any, make: Any, running: list[dict[str, Any]], rule: tuple[str, ...], step: str
) -> None:
    reached = cluster(*running, *make.eve(make.rule(*rule), namespace="ops")).reaches()
    assert reached.get("cluster-admin") == ([step] if step else None)


def test_not_from_another_namespace(cluster: Any, make: Any, running: list[dict[str, Any]]) -> None:
    closed = make.namespace("elsewhere", enforce="restricted")  # so that its pods do not lead to the nodes
    roles = [make.role(f"r{number}", make.rule(*rule)) for number, (rule, _) in enumerate(WAYS)]
    users = [make.binding(f"b{n}", f"r{n}", make.user(f"u{n}"), "elsewhere") for n in range(len(WAYS))]
    found = cluster(*running, closed, *roles, *users)
    assert {number: found.reaches(f"User u{number}") for number in range(len(WAYS))} == {
        number: {} for number in range(len(WAYS))
    }


def test_a_token_made_by_the_controller(cluster: Any, make: Any, running: list[dict[str, Any]]) -> None:
    rule = make.rule("create get", "secrets")
    step = f"makes a Secret with a token of {OPERATOR}, and reads it"
    assert cluster(*running[:-1], *make.eve(rule, namespace="ops")).reaches()["cluster-admin"] == [step]


CLUSTER_WIDE = [
    (("create", "nodes/proxy"), f"runs commands in pod ops/op-1, as {OPERATOR}, through the kubelet"),
    (("get", "nodes/proxy", "", "n1"), f"runs commands in pod ops/op-1, as {OPERATOR}, through the kubelet"),
    (("get", "nodes/proxy", "", "n2"), ""),
    (
        ("create", "mutatingwebhookconfigurations", ADMISSION),
        f"has the pods that others create in ops changed, to run as {OPERATOR} (webhook)",
    ),
    (("update", "mutatingwebhookconfigurations", ADMISSION), ""),
    (("create", "validatingwebhookconfigurations", ADMISSION), ""),
    (
        ("create", "mutatingadmissionpolicies mutatingadmissionpolicybindings", ADMISSION),
        f"has the pods that others create in ops changed, to run as {OPERATOR} (policy)",
    ),
    (("create", "mutatingadmissionpolicies", ADMISSION), ""),
]


@pytest.mark.parametrize(("rule", "step"), CLUSTER_WIDE)
def test_by_rights_in_the_whole_cluster(
    cluster: Any, make: Any, running: list[dict[str, Any]], rule: tuple[str, ...], step: str
) -> None:
    reached = cluster(*running, *make.eve(make.rule(*rule))).reaches()
    assert reached.get("cluster-admin") == ([step] if step else None)


def test_a_webhook_that_is_there_can_be_changed(cluster: Any, make: Any, running: list[dict[str, Any]]) -> None:
    kind = {"apiVersion": f"{ADMISSION}/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "old"}}
    rule = make.rule("patch", "mutatingwebhookconfigurations", ADMISSION, "old")
    reached = cluster(*running, kind, *make.eve(rule)).reaches()
    assert reached["cluster-admin"] == [
        f"has the pods that others create in ops changed, to run as {OPERATOR} (webhook old)"
    ]


REQUEST = ("create get", "certificatesigningrequests", CSR)
APPROVE = ("update", "certificatesigningrequests/approval", CSR)
SIGNER = ("approve", "signers", CSR)
AS_SOMEBODY = ("impersonate", "users", "", "somebody")
AS_CHIEFS = ("impersonate", "groups", "", "chiefs")


@pytest.mark.parametrize(
    ("rules", "admin", "step"),
    [
        ([("impersonate", "users", "", "boss")], "User boss", "impersonates User boss"),
        ([("impersonate", "users", "", "other")], "User boss", ""),
        ([AS_SOMEBODY, AS_CHIEFS], "Group chiefs", "impersonates Group chiefs"),
        ([AS_CHIEFS], "Group chiefs", ""),
        ([REQUEST, APPROVE, SIGNER], "Group chiefs", "makes itself a certificate of Group chiefs"),
        ([REQUEST, APPROVE, SIGNER], "User boss", "makes itself a certificate of User boss"),
        ([REQUEST, APPROVE, SIGNER], "ServiceAccount ops/operator", f"makes itself a certificate of {OPERATOR}"),
        ([REQUEST, APPROVE], "User boss", ""),
        ([APPROVE, SIGNER], "User boss", ""),
        ([REQUEST, APPROVE, (*SIGNER, "other.example.com/x")], "User boss", ""),
        ([REQUEST, APPROVE, SIGNER], "Group system:masters", "gives all rights to its own ClusterRole"),
    ],
)
def test_becoming_somebody(cluster: Any, make: Any, rules: list[tuple[str, ...]], admin: str, step: str) -> None:
    kind, _, name = admin.partition(" ")
    account = make.account(name.rpartition("/")[2], name.partition("/")[0])
    subject = account if kind == "ServiceAccount" else make.user(name, kind)
    objects = [*make.eve(*(make.rule(*rule) for rule in rules)), make.binding("a", "cluster-admin", subject)]
    reached = cluster(*objects).reaches().get("cluster-admin")
    if admin == "Group system:masters":  # admission refuses certificates of this group: it takes another way
        assert reached is not None and "system:masters" not in " ".join(reached)
    else:
        assert reached == ([step] if step else None)


CONSTRAINED = "authentication.k8s.io"


@pytest.mark.parametrize(
    ("admin", "resource", "mode", "onward", "found"),
    [
        ("User boss", "users", "user-info", "create", True),
        ("User boss", "users", "user-info", "get", False),
        ("ServiceAccount ops/operator", "serviceaccounts", "serviceaccount", "create", True),
        ("ServiceAccount ops/operator", "serviceaccounts", "user-info", "create", False),
        ("Group chiefs", "users groups", "user-info", "create", True),
        ("Group chiefs", "groups", "user-info", "create", False),
    ],
)
def test_constrained_impersonation(
    cluster: Any, make: Any, admin: str, resource: str, mode: str, onward: str, found: bool
) -> None:
    kind, _, name = admin.partition(" ")
    subject = make.account("operator", "ops") if kind == "ServiceAccount" else make.user(name, kind)
    rules = [
        make.rule(f"impersonate:{mode}", resource, CONSTRAINED),
        make.rule(f"impersonate-on:{mode}:{onward}", "clusterrolebindings", "rbac.authorization.k8s.io"),
    ]
    reached = cluster(*make.eve(*rules), make.binding("a", "cluster-admin", subject)).reaches()
    assert reached.get("cluster-admin") == ([f"impersonates {admin} (impersonate:{mode})"] if found else None)


def test_who_is_impersonated_does_not_impersonate_on(cluster: Any, make: Any) -> None:
    admin = make.binding("a", "cluster-admin", make.user("boss"))
    as_boss = make.role("as-boss", make.rule("impersonate", "users", "", "boss"))
    as_bob = make.eve(make.rule("impersonate", "users", "", "bob"))
    objects = [admin, as_boss, *as_bob, make.binding("bob", "as-boss", make.user("bob"))]
    assert cluster(*objects).reaches() == {}
    assert cluster(*objects).reaches("User bob") == {"cluster-admin": ["impersonates User boss"]}


def test_the_pods_of_workloads_run_too(cluster: Any, make: Any) -> None:
    objects = [
        make.binding("op", "cluster-admin", make.account("operator", "ops")),
        make.deployment("web", "ops", "operator"),
        *make.eve(make.rule("create", "pods/exec"), namespace="ops"),
    ]
    assert cluster(*objects).reaches() == {"cluster-admin": [f"runs commands in pod ops/web-0, as {OPERATOR}"]}


def test_the_accounts_of_a_group_count(cluster: Any, make: Any) -> None:
    group = make.binding("g", "cluster-admin", make.user("system:serviceaccounts:ops", "Group"))
    reached = cluster(group, *make.eve(make.rule("create", "pods"), namespace="ops")).reaches()
    assert reached["cluster-admin"] == ["runs a pod as ServiceAccount ops/default"]


def test_a_path_of_several_steps(cluster: Any, make: Any) -> None:
    ruler = make.role(
        "rule",
        make.rule("create", "clusterrolebindings", "rbac.authorization.k8s.io"),
        make.rule("bind", "clusterroles", "rbac.authorization.k8s.io"),
    )
    objects = [ruler, make.binding("o", "rule", make.account("operator", "ops"))]
    found = cluster(*objects, *make.eve(make.rule("create", "daemonsets", "apps"), namespace="ops"))
    assert found.reaches()["cluster-admin"] == [f"runs a pod as {OPERATOR}", "binds cluster-admin to itself"]
    assert found.reaches(OPERATOR)["cluster-admin"] == ["binds cluster-admin to itself"]


def test_pods_in_kube_system_lead_to_its_controllers(cluster: Any, make: Any) -> None:
    reached = cluster(*make.eve(make.rule("create", "daemonsets", "apps"), namespace="kube-system")).reaches()
    step = "runs a pod as ServiceAccount kube-system/clusterrole-aggregation-controller"
    assert reached["cluster-admin"][0] == step


AS_NODES = ("impersonate", "groups", "", "system:nodes")


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([("impersonate", "users", "", "system:node:n1"), AS_NODES], True),
        ([("impersonate", "users", "", "system:node:n2"), AS_NODES], False),
        ([("impersonate", "users", "", "system:node:n1")], False),
        ([AS_NODES], False),
    ],
)
def test_being_taken_for_a_node_is_not_being_root_on_it(
    cluster: Any, make: Any, running: list[dict[str, Any]], rules: list[tuple[str, ...]], found: bool
) -> None:
    control_plane = make.node("n1", **{"node-role.kubernetes.io/control-plane": ""})
    own = make.eve(*(make.rule(*rule) for rule in rules))
    token = f"takes the token of {OPERATOR} from pod ops/op-1"
    expected = {"cluster-admin": ["impersonates User system:node:n1", token]} if found else {}
    assert cluster(*running[:2], control_plane, *own).reaches() == expected
    assert cluster(control_plane, *own).reaches() == {}
