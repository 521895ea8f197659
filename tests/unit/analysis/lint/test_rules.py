"""Lint rules: each finds its case and leaves the good one alone."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.lint.run import lint
from kubegate.bundle.bootstrap import rbac_objects

RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
ENFORCE = "pod-security.kubernetes.io/enforce"


def role(*rules: dict[str, Any], kind: str = "Role", name: str = "r") -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": "n"} if kind == "Role" else {})
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}


def rule(verbs: str, resources: str, groups: str = "", names: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": groups.split() or [""]}
    return made | ({"resourceNames": names.split()} if names else {})


def cluster(*args: str) -> dict[str, Any]:
    return role(rule(*args), kind="ClusterRole")


def binding(
    name: str, subject: dict[str, str] | None, ref: str = "r", kind: str = "RoleBinding", role_kind: str = "Role"
) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": kind,
        "metadata": {"name": name} | ({"namespace": "n"} if kind == "RoleBinding" else {}),
        "roleRef": {"kind": role_kind, "name": ref},
        "subjects": [subject] if subject else [],
    }


def everywhere(subject: dict[str, str], ref: str = "view") -> dict[str, Any]:
    return binding("c", subject, ref, "ClusterRoleBinding", "ClusterRole")


def policy(kind: str = "ValidatingAdmissionPolicy", **spec: Any) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    given = {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "object.spec.x"}], **spec}
    return {"apiVersion": f"{ADMISSION}/v1", "kind": kind, "metadata": {"name": "p"}, "spec": given}


def bound(name: str = "p", kind: str = "ValidatingAdmissionPolicy", **spec: Any) -> dict[str, Any]:
    given = {"policyName": name, "validationActions": ["Deny"], **spec}
    return {"apiVersion": f"{ADMISSION}/v1", "kind": f"{kind}Binding", "metadata": {"name": "pb"}, "spec": given}


def hook(policy_: str, *resources: str) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": list(resources) or ["pods"]}]
    webhook = {"name": "h.x.y", "failurePolicy": policy_, "rules": rules}
    kind = "ValidatingWebhookConfiguration"
    return {"apiVersion": f"{ADMISSION}/v1", "kind": kind, "metadata": {"name": "w"}, "webhooks": [webhook]}


def namespace(**labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels}}


def matching(*resources: str) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": list(resources)}]
    return policy(matchConstraints={"resourceRules": rules})


ACCOUNT = {"kind": "ServiceAccount", "name": "robot", "namespace": "n"}
ROBOT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "n"}}
OTHER = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": "n"}}
USER = {"kind": "User", "name": "u"}
GOOD = role(rule("get list", "pods"))
RESTRICTED = {ENFORCE: "restricted"}
ALWAYS = [{"name": "c", "expression": "true"}]
NEVER = [{"name": "c", "expression": " (false) "}]
SOMETIMES = [{"name": "c", "expression": "object.x == false"}]
APPROVAL = ("update", "certificatesigningrequests/approval", "certificates.k8s.io")

BAD_AND_GOOD: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("KG001", [binding("b", ACCOUNT, "nope")], [GOOD, binding("b", ACCOUNT)]),
    ("KG002", [GOOD, OTHER, binding("b", ACCOUNT)], [GOOD, ROBOT, binding("b", ACCOUNT)]),
    ("KG003", [role(rule("gte", "pods"))], [role(rule("impersonate:user-info impersonate-on:user-info:list", "pods"))]),
    ("KG003", [role(rule("list", "", "") | {"nonResourceURLs": ["/x"], "resources": []}, kind="ClusterRole")], [GOOD]),
    ("KG004", [role(rule("get", "deployments"))], [role(rule("get", "deployments", "apps"))]),
    ("KG004", [role(rule("get", "pods/lgo"))], [role(rule("get", "pods/log"))]),
    ("KG004", [role(rule("get", "po"))], [cluster("get", "nodes/metrics"), cluster("impersonate", "users groups")]),
    ("KG005", [role(rule("create", "pods", names="a"))], [role(rule("create", "pods/exec", names="a"))]),
    ("KG005", [role(rule("deletecollection", "pods", names="a"))], [role(rule("delete", "pods", names="a"))]),
    ("KG006", [role(rule("get", "nodes"))], [cluster("get", "nodes")]),
    ("KG007", [role({"verbs": ["get"], "nonResourceURLs": ["/x"]})], [GOOD]),
    ("KG008", [GOOD, binding("a", ACCOUNT), binding("b", ACCOUNT)], [GOOD, binding("a", ACCOUNT), binding("b", USER)]),
    ("KG009", [role(rule("get", "pods"), rule("get list", "pods"))], [role(rule("get", "pods"), rule("list", "pods"))]),
    ("KG010", [{"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "p"}}], [GOOD]),
    ("KG011", [role(rule("list watch", "pods", names="a"))], [role(rule("get list watch", "pods", names="a"))]),
    ("KG012", [cluster("get", "nodes"), binding("b", USER, role_kind="ClusterRole")], [cluster("get", "nodes pods")]),
    ("KG013", [GOOD, binding("b", None)], [GOOD, binding("b", USER)]),
    ("KG014", [GOOD], [GOOD, binding("b", USER)]),
    ("KG015", [role(rule("get", "deployments", "apps/v1"))], [role(rule("get", "things", "example.com"))]),
    ("KG015", [role(rule("get", "pods", "core"))], [role(rule("get", "jobs", "batch"))]),
    ("KG015", [role(rule("get", "leases", "coordination"))], [role(rule("get", "leases", "coordination.k8s.io"))]),
    ("KG016", [binding("b", {"kind": "User", "name": "system:masters"})], [binding("b", USER)]),
    ("KG016", [binding("b", {"kind": "Group", "name": "system:serviceaccount:n:robot"})], [binding("b", ACCOUNT)]),
    ("KG101", [role(rule("*", "*", "*"))], [role(rule("*", "pods"))]),
    ("KG102", [role(rule("list", "secrets"))], [role(rule("get", "secrets", names="one"))]),
    ("KG102", [role(rule("patch", "secrets"))], [role(rule("create update delete", "secrets"))]),
    ("KG102", [role(rule("deletecollection", "secrets"))], [role(rule("patch", "secrets", names="one"))]),
    ("KG103", [role(rule("bind", "roles", RBAC))], [GOOD]),
    ("KG103", [cluster("impersonate:user-info", "users", "authentication.k8s.io")], [GOOD]),
    ("KG104", [role(rule("create", "pods/exec"))], [role(rule("get", "pods/log"))]),
    ("KG104", [role(rule("patch", "pods/ephemeralcontainers"))], [role(rule("get", "pods/ephemeralcontainers"))]),
    ("KG104", [role(rule("create", "pods"))], [role(rule("delete", "pods"))]),
    ("KG105", [cluster("get", "nodes/proxy")], [cluster("get", "nodes")]),
    ("KG105", [cluster("get", "*/proxy")], [cluster("get", "nodes/metrics")]),
    ("KG106", [GOOD, binding("b", {"kind": "Group", "name": "system:unauthenticated"})], [GOOD, binding("b", ACCOUNT)]),
    ("KG106", [GOOD, binding("b", {"kind": "User", "name": "system:anonymous"})], [GOOD, binding("b", ACCOUNT)]),
    ("KG107", [role(rule("create", "serviceaccounts/token"))], [role(rule("create", "serviceaccounts"))]),
    ("KG108", [cluster(*APPROVAL)], [cluster("get", "certificatesigningrequests", "certificates.k8s.io")]),
    ("KG108", [cluster("sign", "signers", "certificates.k8s.io")], [cluster("get", "signers", "certificates.k8s.io")]),
    (
        "KG109",
        [cluster("patch", "validatingwebhookconfigurations", ADMISSION)],
        [cluster("get", "validatingwebhookconfigurations", ADMISSION)],
    ),
    ("KG110", [role(rule("get", "*"))], [GOOD]),
    ("KG111", [role(rule("patch", "deployments", "apps"))], [role(rule("get", "deployments", "apps"))]),
    ("KG112", [cluster("create", "persistentvolumes")], [role(rule("create", "persistentvolumeclaims"))]),
    ("KG113", [cluster("patch", "namespaces")], [cluster("create", "namespaces")]),
    ("KG114", [cluster("patch", "nodes/status")], [cluster("get", "nodes")]),
    ("KG115", [everywhere({"kind": "Group", "name": "system:masters"})], [everywhere(USER)]),
    ("KG116", [everywhere({"kind": "Group", "name": "system:authenticated"})], [everywhere(USER)]),
    ("KG117", [everywhere(USER, "cluster-admin")], [everywhere(USER)]),
    ("KG118", [GOOD, binding("b", {**ACCOUNT, "name": "default"})], [GOOD, binding("b", ACCOUNT)]),
    ("KG119", [role(rule("create", "rolebindings", RBAC))], [role(rule("get", "rolebindings", RBAC))]),
    ("KG301", [policy()], [policy(), bound()]),
    ("KG302", [bound("q")], [policy(), bound()]),
    ("KG302", [policy(), bound(kind="MutatingAdmissionPolicy")], [policy(), bound()]),
    ("KG303", [policy(failurePolicy="Ignore"), bound()], [policy(failurePolicy="Fail"), bound()]),
    ("KG303", [hook("Ignore")], [hook("Fail")]),
    ("KG304", [matching("podz"), bound()], [matching("podz", "pods"), bound()]),
    ("KG304", [policy(matchConditions=NEVER), bound()], [policy(matchConditions=SOMETIMES), bound()]),
    ("KG304", [hook("Fail", "pods/exce")], [hook("Fail", "pods/exec")]),
    ("KG305", [policy(), bound(validationActions=["Warn", "Audit"])], [policy(), bound()]),
    ("KG306", [policy(paramKind={"kind": "X"}), bound()], [policy(paramKind={"kind": "X"}), bound(paramRef={"name": "x"})]),
    ("KG306", [policy(), bound(paramRef={"name": "x"})], [policy(), bound()]),
    ("KG307", [namespace(**{ENFORCE: "restriced"})], [namespace(**RESTRICTED)]),
    ("KG308", [namespace()], [namespace(**RESTRICTED)]),
    ("KG309", [policy(matchConditions=ALWAYS), bound()], [policy(matchConditions=SOMETIMES), bound()]),
    ("KG309", [policy(validations=[{"expression": "true"}]), bound()], [policy(), bound()]),
]


def ids(objects: list[dict[str, Any]]) -> set[str]:
    return {finding.rule.id for finding in lint(objects, background=rbac_objects()).findings}


@pytest.mark.parametrize(("rule_id", "bad", "good"), BAD_AND_GOOD)
def test_rules(rule_id: str, bad: list[dict[str, Any]], good: list[dict[str, Any]]) -> None:
    assert rule_id in ids(bad)
    assert rule_id not in ids(good)


def test_every_rule_is_tested() -> None:
    elsewhere = {"KG201", "KG202", "KG203", "KG401", "KG402"}  # test_command, test_suppressions
    assert {row[0] for row in BAD_AND_GOOD} | elsewhere == set(RULES)


def test_every_rule_says_why_and_what_to_do() -> None:
    assert all(rule.why.endswith(".") and rule.fix.endswith(".") for rule in RULES.values())


def test_the_default_roles_are_not_judged_but_known() -> None:
    assert ids(rbac_objects()) == set()
    found = {finding.rule.id for finding in lint(rbac_objects()).findings}
    assert not found & {"KG001", "KG003", "KG006", "KG007", "KG008", "KG012", "KG015", "KG016"}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (rule("get", "podz"), 'rules[0]: no resource "podz", did you mean pods?'),
        (rule("get", "po"), 'rules[0]: no resource "po", did you mean pods?'),
        (rule("Get", "pods"), 'rules[0]: unknown verb "Get", did you mean get?'),
        (rule("get", "pods/lgo"), 'rules[0]: resource "pods" has no subresource "lgo", did you mean log?'),
        (rule("get", "deployments", "app"), 'rules[0]: unknown API group "app", did you mean "apps"?'),
        (
            rule("get", "ingresses", "extensions"),
            'rules[0]: no resource "ingresses" in group "extensions"; it is in "networking.k8s.io"',
        ),
    ],
)
def test_suggestions(rules: dict[str, Any], message: str) -> None:
    found = [finding.message for finding in lint([role(rules), binding("b", USER)]).findings]
    assert found == [message]


def test_definitions_of_custom_kinds_count() -> None:
    custom = role(rule("get", "widgets", "example.com"))
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Cluster",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1"}],
        },
    }
    assert "KG006" in ids([custom, definition])
    assert "KG006" not in ids([custom])


def test_rules_of_access_policies_that_never_take_effect() -> None:
    rules = [
        {"verbs": ["get", "craete"], "apiGroups": ["core"], "resources": ["pods"]},
        {"verbs": ["create"], "apiGroups": [""], "resources": ["pod"], "resourceNames": ["x"]},
        {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["deployments", "secrets"]},
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*", "*/exec"]},
    ]
    spec = {"effect": "Deny", "subjects": [{"kind": "User", "name": "u"}], "rules": rules}
    made = {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": "p"}, "spec": spec}
    assert [(found.rule.id, found.message) for found in lint([made]).findings] == [
        ("KG003", 'spec.rules[0]: unknown verb "craete", did you mean create?'),
        ("KG004", 'spec.rules[1]: no resource "pod", did you mean pods?'),
        ("KG004", 'spec.rules[2]: no resource "secrets" in group "apps"; it is in ""'),
        ("KG015", 'spec.rules[0]: unknown API group "core", did you mean ""?'),
    ]
