"""Grants that are more than they seem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.lint.context import Context
from kubegate.analysis.lint.finding import Finding
from kubegate.api.names import Object
from kubegate.api.user import ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED
from kubegate.authz.rbac.bindings import RoleId, role_of

_READ = {"get", "list", "watch"}
_ANSWERED = {"patch", "deletecollection"}
"""Their answers hold the objects, too."""
_WRITE = {"create", "update", "patch"}
_CHANGE = {"update", "patch"}
_ADMISSION = (
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
)
_RBAC = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_INTO_PODS = ("pods/exec", "pods/attach", "pods/portforward")
_WORKLOADS = {
    "apps": ("deployments", "daemonsets", "statefulsets", "replicasets"),
    "batch": ("jobs", "cronjobs"),
    "": ("replicationcontrollers",),
}
_ADMIN = RoleId("ClusterRole", "", "cluster-admin")


def role_risks(role: Object, context: Context) -> Iterator[Finding]:
    """What makes a role risky, rule by rule."""
    for index, rule in enumerate(role.get("rules") or []):
        for rule_id, message in _risks(rule):
            yield context.finding(rule_id, role, message, f"rules[{index}]")


def binding_risks(binding: Object, context: Context) -> Iterator[Finding]:
    """Bindings to everybody, of everything, to accounts that everybody uses."""
    role = role_of(binding).name
    for index, subject in enumerate(binding.get("subjects") or []):
        rule_id = _risky_subject(str(subject.get("kind")), str(subject.get("name")))
        if rule_id:
            message = f'grants {role} to {subject["kind"]} "{subject["name"]}"'
            yield context.finding(rule_id, binding, message, f"subjects[{index}]")
    if binding.get("kind") == "ClusterRoleBinding" and role_of(binding) == _ADMIN:
        yield context.finding("KG117", binding, "grants cluster-admin in the whole cluster", "roleRef")


def _risky_subject(kind: str, name: str) -> str:
    if (kind, name) in (("Group", UNAUTHENTICATED), ("User", ANONYMOUS)):
        return "KG106"
    if (kind, name) == ("Group", MASTERS):
        return "KG115"
    if kind == "Group" and name in (AUTHENTICATED, "system:serviceaccounts"):
        return "KG116"
    return "KG118" if (kind, name) == ("ServiceAccount", "default") else ""


class _Rule:
    """One rule, asked whether it allows something."""

    def __init__(self, rule: dict[str, Any]) -> None:
        self.verbs = set(rule.get("verbs") or [])
        self.groups = set(rule.get("apiGroups") or [])
        self.resources = set(rule.get("resources") or [])
        self.named = bool(rule.get("resourceNames"))

    def allows(self, verbs: set[str], group: str, *resources: str) -> bool:
        """Any of the verbs on any of the resources."""
        if not (self.verbs & verbs or "*" in self.verbs) or not self.groups & {group, "*"}:
            return False
        return any(
            resource in self.resources or "*" in self.resources or self._by_subresource(resource) for resource in resources
        )

    def _by_subresource(self, resource: str) -> bool:
        subresource = resource.partition("/")[2]
        return bool(subresource) and f"*/{subresource}" in self.resources


def _risks(source: dict[str, Any]) -> Iterator[tuple[str, str]]:
    rule = _Rule(source)
    if not rule.resources or not rule.verbs:
        return
    if rule.verbs >= {"*"} and rule.resources >= {"*"} and rule.groups >= {"*"} and not rule.named:
        yield "KG101", "every verb on every resource of every group"
        return
    wild = [name for name, values in (("verbs", rule.verbs), ("resources", rule.resources)) if "*" in values]
    if wild:
        yield "KG110", f"* in {' and '.join(wild)}"
    yield from _identities(rule)
    yield from _pods(rule)
    yield from _cluster(rule)


def _identities(rule: _Rule) -> Iterator[tuple[str, str]]:
    if not rule.named and rule.allows(_READ | _ANSWERED, "", "secrets"):
        yield "KG102", "reads all secrets"
    special = sorted(
        verb for verb in rule.verbs if verb in ("escalate", "bind", "impersonate") or verb.startswith("impersonate:")
    )
    if special:
        yield "KG103", f"{', '.join(special)} on {', '.join(sorted(rule.resources))}"
    if rule.allows({"create"}, "", "serviceaccounts/token"):
        yield "KG107", "creates tokens of service accounts"
    if rule.allows(_CHANGE, "certificates.k8s.io", "certificatesigningrequests/approval") or (
        rule.verbs & {"approve", "sign"} and "signers" in rule.resources
    ):
        yield "KG108", "approves or signs certificate requests"
    if rule.allows(_WRITE, "rbac.authorization.k8s.io", *_RBAC):
        yield "KG119", "writes roles or bindings"


def _pods(rule: _Rule) -> Iterator[tuple[str, str]]:
    if (
        rule.allows({"create"}, "", "pods")
        or rule.allows({"create"}, "", *_INTO_PODS)
        or rule.allows(_CHANGE, "", "pods/ephemeralcontainers")
    ):
        yield "KG104", "creates pods or runs commands in them"
    made = [name for group, names in _WORKLOADS.items() for name in names if rule.allows(_WRITE, group, name)]
    if made:
        yield "KG111", f"writes {', '.join(made)}"
    if rule.allows({"get", "create"}, "", "nodes/proxy"):
        yield "KG105", "reaches the kubelets"


def _cluster(rule: _Rule) -> Iterator[tuple[str, str]]:
    if rule.allows({*_WRITE, "delete"}, "admissionregistration.k8s.io", *_ADMISSION):
        yield "KG109", "changes webhooks or admission policies"
    if rule.allows({"create"}, "", "persistentvolumes"):
        yield "KG112", "creates persistent volumes"
    if rule.allows(_CHANGE, "", "namespaces"):
        yield "KG113", "changes namespaces"
    if rule.allows({*_CHANGE, "delete"}, "", "nodes", "nodes/status"):
        yield "KG114", "changes nodes"
