"""Steps by rights that look harmless: answers that hold Secrets, tokens that others make, certificates of kubelets."""

from __future__ import annotations

from typing import Any

import pytest

CSR = "certificates.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
RBAC = "rbac.authorization.k8s.io"
OPERATOR = "ServiceAccount ops/operator"
NODE_USER = "User system:node:n1"


def token_secret(account: str) -> dict[str, Any]:
    annotations = {"kubernetes.io/service-account.name": account, "kubernetes.io/service-account.uid": "1"}
    meta = {"name": f"{account}-token", "namespace": "ops", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": meta}


@pytest.mark.parametrize("verb", ["get", "list", "watch", "patch", "deletecollection"])
def test_answers_that_hold_secrets(cluster: Any, make: Any, verb: str) -> None:
    reached = cluster(*make.eve(make.rule(verb, "secrets"), namespace="kube-system")).reaches()
    assert reached["secrets of kube-system"] == ["reads the secrets of kube-system"]


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_answers_that_hold_none(cluster: Any, make: Any, verb: str) -> None:
    assert cluster(*make.eve(make.rule(verb, "secrets"), namespace="kube-system")).reaches() == {}


@pytest.mark.parametrize(
    ("verbs", "held_by", "step"),
    [
        ("create get", None, f"makes a Secret with a token of {OPERATOR}, and reads it"),
        ("create list", None, f"makes a Secret with a token of {OPERATOR}, and reads it"),
        ("create watch", None, f"makes a Secret with a token of {OPERATOR}, and reads it"),
        ("create patch", None, f"makes a Secret with a token of {OPERATOR}, and reads it"),
        ("create", None, ""),
        ("patch", "operator", f"reads the token of {OPERATOR} in Secret ops/operator-token"),
        ("patch", "other", f"has Secret ops/other-token filled with a token of {OPERATOR}, and reads it"),
        ("update get", "other", f"has Secret ops/other-token filled with a token of {OPERATOR}, and reads it"),
        ("update", "other", ""),
        ("get", "other", ""),
        ("patch", None, ""),
    ],
)
def test_tokens_that_the_controller_makes(cluster: Any, make: Any, verbs: str, held_by: str | None, step: str) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    secrets = [token_secret(held_by)] if held_by else []
    reached = cluster(admin, *secrets, *make.eve(make.rule(verbs, "secrets"), namespace="ops")).reaches()
    assert reached.get("cluster-admin") == ([step] if step else None)


REQUEST = ("create", "certificatesigningrequests", CSR)
READ = ("watch", "certificatesigningrequests", CSR)
NODECLIENT = ("create", "certificatesigningrequests/nodeclient", CSR)
APPROVE = ("patch", "certificatesigningrequests/approval", CSR)
KUBELETS = ("approve", "signers", CSR, "kubernetes.io/kube-apiserver-client-kubelet")


@pytest.mark.parametrize(
    ("rules", "step"),
    [
        ([REQUEST, READ, NODECLIENT], f"is given the certificate of a kubelet, {NODE_USER}"),
        ([REQUEST, NODECLIENT], ""),
        ([REQUEST, READ], ""),
        ([REQUEST, READ, APPROVE, KUBELETS], f"makes itself a certificate of {NODE_USER}"),
        ([REQUEST, READ, APPROVE], ""),
    ],
)
def test_certificates_of_kubelets(cluster: Any, make: Any, rules: list[tuple[str, ...]], step: str) -> None:
    """They lead on to the tokens of the node's pods."""
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    pod = make.pod("op", "ops", "operator", "n1")
    reached = cluster(admin, pod, *make.eve(*(make.rule(*rule) for rule in rules))).reaches()
    token = f"takes the token of {OPERATOR} from pod ops/op"
    assert reached.get("cluster-admin") == ([step, token] if step else None)


@pytest.mark.parametrize(("namespace", "found"), [("kube-system", True), ("ops", False)])
def test_bootstrap_tokens(cluster: Any, make: Any, namespace: str, found: bool) -> None:
    group = make.user("system:bootstrappers:admins", "Group")
    admin = make.binding("b", "cluster-admin", group)
    reached = cluster(admin, *make.eve(make.rule("create", "secrets"), namespace=namespace)).reaches()
    assert reached.get("cluster-admin") == (
        ["makes a bootstrap token of Group system:bootstrappers:admins"] if found else None
    )


def test_a_mutating_policy_that_is_there_can_be_changed(cluster: Any, make: Any) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "mutations": [mutation], "reinvocationPolicy": "Never"}
    policy = {"apiVersion": f"{ADMISSION}/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "old"}, "spec": spec}
    pod = make.pod("web", "ops")
    own = make.eve(make.rule("patch", "mutatingadmissionpolicies", ADMISSION, "old"))
    reached = cluster(admin, pod, policy, *own).reaches()
    assert reached["cluster-admin"] == [f"has the pods that others create in ops changed, to run as {OPERATOR} (policy old)"]
    assert cluster(admin, pod, *own).reaches() == {}


@pytest.mark.parametrize(("rule", "there", "found"), [("patch", True, True), ("patch", False, False), ("get", True, False)])
def test_the_map_of_users_of_a_cloud(cluster: Any, make: Any, rule: str, there: bool, found: bool) -> None:
    mapped = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}}
    own = make.eve(make.rule(rule, "configmaps"), namespace="kube-system")
    assert ("cluster-admin" in cluster(*([mapped] if there else []), *own).reaches()) is found


@pytest.mark.parametrize(("automount", "found"), [(True, True), (False, False)])
def test_a_pod_without_a_token_is_not_its_account(cluster: Any, make: Any, automount: bool, found: bool) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    pod = make.pod("op", "ops", "operator")
    pod["spec"]["automountServiceAccountToken"] = automount
    reached = cluster(admin, pod, *make.eve(make.rule("create", "pods/exec"), namespace="ops")).reaches()
    assert ("cluster-admin" in reached) is found


def test_an_account_whose_pods_have_no_token_gives_one_to_who_asks(cluster: Any, make: Any) -> None:
    """The pod says that it wants it, whatever the account says."""
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "operator", "namespace": "ops"}}
    quiet = {**account, "automountServiceAccountToken": False}
    own = make.eve(make.rule("create", "pods"), namespace="ops")
    assert cluster(admin, quiet, *own).reaches()["cluster-admin"] == [f"runs a pod as {OPERATOR}"]


def test_secrets_of_kube_system_in_its_pods(cluster: Any, make: Any) -> None:
    """Whoever gets into such a pod has them, without a right to Secrets."""
    pod = make.pod("agent", "kube-system", "agent")
    pod["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": "key"}}]
    reached = cluster(pod, *make.eve(make.rule("create", "pods/exec"), namespace="kube-system")).reaches()
    step = "runs commands in pod kube-system/agent, which mounts Secret kube-system/key"
    assert reached == {"secrets of kube-system": [step]}


def test_secrets_of_kube_system_as_a_node(cluster: Any, make: Any) -> None:
    pod = make.pod("agent", "kube-system", "agent", "n1")
    pod["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": "key"}}]
    as_node = [make.rule("impersonate", "users", "", NODE_USER.split()[1]), make.rule("impersonate", "groups")]
    reached = cluster(pod, *make.eve(*as_node)).reaches()
    assert reached["secrets of kube-system"][-1] == "reads Secret kube-system/key of pod agent, as its node"


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("system:authenticated", True),
        ("system:serviceaccounts", True),
        ("system:serviceaccounts:shop", True),
        ("system:serviceaccounts:kube-system", False),
        ("system:kube-proxies", False),
    ],
)
def test_groups_that_nobody_has_chosen_are_looked_at(cluster: Any, make: Any, name: str, listed: bool) -> None:
    role = make.role("binds", make.rule("create", "clusterrolebindings", RBAC), make.rule("bind", "clusterroles", RBAC))
    found = cluster(role, make.binding("b", "binds", make.user(name, "Group")))
    assert bool(found.reaches(f"Group {name}")) is listed


def test_policies_that_want_a_name_are_asked_about_members_of_groups(cluster: Any, make: Any) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    role = make.role("makes", make.rule("create", "pods"))
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    expression = "request.userInfo.username != 'eve'"
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": expression}]}
    api, meta = f"{ADMISSION}/v1", {"name": "p"}
    policy = [
        {"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": meta, "spec": spec},
        {
            "apiVersion": api,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": meta,
            "spec": {"policyName": "p", "validationActions": ["Deny"]},
        },
    ]
    found = cluster(admin, role, *policy, make.binding("d", "makes", make.user("devs", "Group"), "ops"))
    assert found.reaches("Group devs")["cluster-admin"] == [f"runs a pod as {OPERATOR}"]
