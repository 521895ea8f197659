"""Steps are put to admission: what it refuses is no step, and is told; and the ways to become root on a node."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.analysis.escalation.model import Step, asked
from kubegate.analysis.escalation.node_root import steps
from kubegate.analysis.matrix.subjects import Who

ADMISSION = "admissionregistration.k8s.io"
NODE = "root on nodes"
HAVING = "runs a pod that has the host in namespace "
LABELLED = "labels namespace shop privileged, and "
CREATE = ("create", "pods")
VOLUMES = ("create", "persistentvolumes persistentvolumeclaims")
LABEL = ("patch", "namespaces")
QUIET = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.mark.parametrize(
    ("rules", "namespaces", "step"),
    [
        ([CREATE], {}, HAVING + "shop"),
        ([CREATE], {"shop": "privileged"}, HAVING + "shop"),
        ([CREATE], {"shop": "baseline"}, ""),
        ([CREATE], {"shop": "restricted"}, ""),
        ([("create", "deployments", "apps")], {}, HAVING + "shop"),
        ([("create", "deployments", "apps")], {"shop": "baseline"}, ""),
        ([("create", "cronjobs", "batch")], {}, HAVING + "shop"),
        ([("create", "cronjobs", "batch")], {"shop": "baseline"}, ""),
        ([("patch", "deployments", "apps")], {}, "has Deployment shop/web run pods that have the host"),
        ([("patch", "deployments", "apps")], {"shop": "baseline"}, ""),
        ([("patch", "pods/ephemeralcontainers")], {}, "adds a privileged container to pod shop/plain"),
        ([("patch", "pods/ephemeralcontainers")], {"shop": "baseline"}, ""),
        ([("create", "pods/exec")], {}, ""),
    ],
)
def test_root_on_nodes_from_a_namespace(
    cluster: Any, make: Any, rules: list[tuple[str, ...]], namespaces: dict[str, str], step: str
) -> None:
    spaces = [make.namespace(name, enforce=level) for name, level in namespaces.items()]
    objects = [*spaces, make.deployment("web", "shop"), make.pod("plain", "shop")]
    reached = cluster(*objects, *make.eve(*(make.rule(*rule) for rule in rules), namespace="shop")).reaches()
    assert reached == ({NODE: [step]} if step else {})


@pytest.mark.parametrize(
    ("rules", "level", "step"),
    [
        ([CREATE, VOLUMES], "restricted", "mounts the host through a PersistentVolume in namespace shop"),
        ([CREATE, ("create", "persistentvolumes")], "restricted", ""),
        ([CREATE, LABEL], "restricted", LABELLED + HAVING + "shop"),
        ([CREATE, (*LABEL, "", "other")], "restricted", ""),
        ([VOLUMES, LABEL], "restricted", ""),
    ],
)
def test_root_on_nodes_with_another_write(
    cluster: Any, make: Any, rules: list[tuple[str, ...]], level: str, step: str
) -> None:
    mine = make.eve(make.rule(*CREATE), namespace="shop") if CREATE in rules else []
    rest = make.eve(*(make.rule(*rule) for rule in rules if rule != CREATE))
    reached = cluster(make.namespace("shop", enforce=level), *mine, *rest).reaches()
    assert reached == ({NODE: [step]} if step else {})


def test_a_namespace_of_ones_own(cluster: Any, make: Any) -> None:
    closed = [make.namespace(name, enforce="restricted") for name in ("default", "kube-system", "kube-public", "shop")]
    creates = make.rule("create", "replicasets", "apps")

    def way(*rules: dict[str, Any]) -> str:
        found = cluster(*closed, *make.eve(creates, *rules))
        who = Who("User", "", "eve")
        hop = found.world.first(who, steps(found.world, who))
        return hop.text if hop is not None else ""

    assert way() == ""
    assert way(make.rule("create", "namespaces")) == "runs a pod that has the host in a namespace of its own"


@pytest.mark.parametrize(
    ("rule", "pod", "step"),
    [
        (
            ("create", "pods/exec"),
            {"securityContext": {"privileged": True}},
            "runs commands in pod sys/agent, which has the host",
        ),
        (("create", "pods/exec"), {}, ""),
        (("create", "pods/attach"), {"securityContext": {"privileged": True}}, ""),
    ],
)
def test_getting_into_pods_that_have_the_host(
    cluster: Any, make: Any, rule: tuple[str, ...], pod: dict[str, Any], step: str
) -> None:
    reached = cluster(make.pod("agent", "sys", **pod), *make.eve(make.rule(*rule), namespace="sys")).reaches()
    assert reached == ({NODE: [step]} if step else {})


@pytest.mark.parametrize(
    ("volume", "read_only", "found"),
    [("/", False, True), ("/var/run", False, True), ("/", True, False), ("/lib/modules", False, False)],
)
def test_which_paths_of_the_host_matter(cluster: Any, make: Any, volume: str, read_only: bool, found: bool) -> None:
    pod = make.pod("agent", "sys", volumeMounts=[{"name": "v", "mountPath": "/x", "readOnly": read_only}])
    pod["spec"]["volumes"] = [{"name": "v", "hostPath": {"path": volume}}]
    assert (NODE in cluster(pod, *make.eve(make.rule("create", "pods/exec"), namespace="sys")).reaches()) is found


PROXY = "runs commands in pod sys/agent, which has the host, through the kubelet"


@pytest.mark.parametrize(
    ("names", "privileged", "step"), [("", True, PROXY), ("n1", True, PROXY), ("n2", True, ""), ("", False, "")]
)
def test_the_kubelet(cluster: Any, make: Any, names: str, privileged: bool, step: str) -> None:
    pod = make.pod("agent", "sys", node="n1", securityContext={"privileged": privileged})
    reached = cluster(pod, *make.eve(make.rule("get", "nodes/proxy", "", names))).reaches()
    assert reached == ({NODE: [step]} if step else {})


def test_where_pods_are_not_known_the_kubelet_has_some(cluster: Any, make: Any) -> None:
    reached = cluster(*make.eve(make.rule("create", "nodes/proxy"))).reaches()
    assert reached == {NODE: ["runs commands in the system's pods through the kubelet"]}


@pytest.mark.parametrize(("node", "found"), [("n1", True), ("n2", False)])
def test_from_a_node_to_the_accounts_of_its_pods(cluster: Any, make: Any, node: str, found: bool) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    pods = [
        make.pod("op", "ops", "operator", "n1"),
        make.pod("agent", "sys", node=node, securityContext={"privileged": True}),
    ]
    reached = cluster(admin, *pods, *make.eve(make.rule("create", "pods/exec"), namespace="sys")).reaches()
    into = "runs commands in pod sys/agent, which has the host"
    token = "takes the token of ServiceAccount ops/operator from pod ops/op"
    assert reached == ({"cluster-admin": [into, token]} if found else {NODE: [into]})


@pytest.mark.parametrize(("label", "found"), [("node-role.kubernetes.io/control-plane", True), ("other", False)])
def test_the_nodes_of_the_control_plane_hold_the_keys(cluster: Any, make: Any, label: str, found: bool) -> None:
    reached = cluster(make.node("m1", **{label: ""}), *make.eve(make.rule(*CREATE), namespace="shop")).reaches()
    assert ("cluster-admin" in reached) is found
    if found:
        assert reached["cluster-admin"][-1] == "reads the keys of the cluster, on a node of the control plane"


def policy(expression: str) -> list[dict[str, Any]]:
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods", "pods/*", "secrets"]}]
    serving = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    constraints = {"resourceRules": [*rules, serving]}
    api = f"{ADMISSION}/v1"
    return [
        {
            "apiVersion": api,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "guard"},
            "spec": {"matchConstraints": constraints, "validations": [{"expression": expression}]},
        },
        {
            "apiVersion": api,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "guard"},
            "spec": {"policyName": "guard", "validationActions": ["Deny"]},
        },
    ]


STEPS = [
    (CREATE, "runs a pod as ServiceAccount ops/operator"),
    (("create", "serviceaccounts/token"), "makes a token of ServiceAccount ops/operator"),
    (("create get", "secrets"), "makes a Secret with a token of ServiceAccount ops/operator, and reads it"),
    (("create", "pods/exec"), "runs commands in pod ops/op, as ServiceAccount ops/operator"),
    (("patch", "pods/ephemeralcontainers"), "adds a container to pod ops/op, which runs as ServiceAccount ops/operator"),
    (("patch", "pods"), "changes the image of pod ops/op, which runs as ServiceAccount ops/operator"),
]


def test_policies_stop_steps(cluster: Any, make: Any) -> None:
    objects = [
        make.namespace("ops", enforce="restricted"),
        make.binding("op", "cluster-admin", make.account("operator", "ops")),
        make.pod("op", "ops", "operator", securityContext=QUIET),
    ]
    for number, (rule, _) in enumerate(STEPS):
        objects += [
            make.role(f"r{number}", make.rule(*rule)),
            make.binding(f"b{number}", f"r{number}", make.user(f"u{number}"), "ops"),
        ]
    free = cluster(*objects)
    stopped = cluster(*objects, *policy("!request.userInfo.username.startsWith('u')"))
    unasked = cluster(*objects, *policy("false"), admission=False)
    for number, (_, text) in enumerate(STEPS):
        who = f"User u{number}"
        assert free.reaches(who) == unasked.reaches(who) == {"cluster-admin": [text]}
        assert stopped.reaches(who) == {}
        row = stopped.world.blocked[who, text]
        assert (row.plugin, row.decided_by) == ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicy guard")
        assert row.location is not None


def test_policies_may_answer_one_otherwise_than_another(cluster: Any, make: Any) -> None:
    admin = make.binding("op", "cluster-admin", make.account("operator", "ops"))
    makes = make.role("makes", make.rule("create", "serviceaccounts/token"))
    both = [make.binding(name, "makes", make.user(name), "ops") for name in ("eve", "bob")]
    found = cluster(admin, makes, *both, *policy("request.userInfo.username != 'eve'"))
    assert found.reaches("User eve") == {} and "cluster-admin" in found.reaches("User bob")


def test_policies_stop_writes_of_bindings_and_certificates(cluster: Any, make: Any) -> None:
    rbac, csr = "rbac.authorization.k8s.io", "certificates.k8s.io"
    binds = make.eve(make.rule("create", "clusterrolebindings", rbac), make.rule("bind", "clusterroles", rbac))
    certifies = make.eve(
        make.rule("create get", "certificatesigningrequests", csr),
        make.rule("update", "certificatesigningrequests/approval", csr),
        make.rule("approve", "signers", csr),
    )
    for own in (binds, certifies):
        admin = make.binding("a", "cluster-admin", make.user("boss"))
        assert "cluster-admin" in cluster(admin, *own).reaches()
        assert "cluster-admin" not in cluster(admin, *own, *policy("false")).reaches()


def test_pod_security_stops_what_a_restricted_pod_cannot_do(cluster: Any, make: Any) -> None:
    found = cluster(make.namespace("shop", enforce="restricted"), *make.eve(make.rule(*CREATE), namespace="shop"))
    assert found.reaches() == {}
    row = found.world.blocked["User eve", HAVING + "shop"]
    assert (row.plugin, row.decided_by) == ("PodSecurity", "Namespace shop")


def test_what_a_policy_wants_is_learned_from_pods_that_run(cluster: Any, make: Any) -> None:
    objects = [
        make.namespace("ops", enforce="restricted"),
        make.binding("op", "cluster-admin", make.account("operator", "ops")),
        *make.eve(make.rule(*CREATE), namespace="ops"),
        *policy("has(object.metadata.labels) && object.metadata.labels.exists(k, k.startsWith('te') && k.size() == 4)"),
    ]
    assert cluster(*objects).reaches() == {}
    pod = make.pod("web", "ops", securityContext=QUIET)
    pod["metadata"]["labels"] = {"team": "web"}
    assert cluster(*objects, pod).reaches() == {"cluster-admin": ["runs a pod as ServiceAccount ops/operator"]}


def test_what_is_not_tried_is_not_admitted(cluster: Any, make: Any) -> None:
    found = cluster(*make.eve(make.rule("create", "pods")))
    who = Who("User", "", "eve")
    request = asked(found.world.user(who), "create", "pods", namespace="shop")
    assert found.world.take(who, Step("tries nothing", (request,), list)) is None
    assert found.world.take(who, Step("writes nothing", (request,))) is not None


def test_policies_may_let_pods_run_as_one_account_only(cluster: Any, make: Any) -> None:
    admins = [make.binding(name, "cluster-admin", make.account(name, "ops")) for name in ("aaa", "bbb")]
    objects = [make.namespace("ops", enforce="restricted"), *admins, *make.eve(make.rule(*CREATE), namespace="ops")]
    only = policy("object.spec.serviceAccountName == 'bbb'")
    found = cluster(*objects, *only)
    assert found.reaches() == {"cluster-admin": ["runs a pod as ServiceAccount ops/bbb"]}
    assert cluster(*objects).reaches() == {"cluster-admin": ["runs a pod as ServiceAccount ops/aaa"]}
