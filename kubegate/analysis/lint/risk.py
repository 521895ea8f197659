"""Grants that are more than they seem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.analysis.lint.effect import title
from kubegate.analysis.lint.finding import RULES, Finding
from kubegate.api.names import Object
from kubegate.api.user import ANONYMOUS, UNAUTHENTICATED

_READ = {"get", "list", "watch"}
_WRITE = {"create", "update", "patch"}
_ADMISSION = {
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
}
_RUN = ("pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/portforward")


def role_risks(role: Object, locate: Any) -> Iterator[Finding]:
    """What makes a role risky, rule by rule."""
    for index, rule in enumerate(role.get("rules") or []):
        for rule_id, message in _risks(rule):
            path = f"rules[{index}]"
            yield Finding(RULES[rule_id], title(role), f"{path}: {message}", locate(role, path))


def binding_risks(binding: Object, locate: Any) -> Iterator[Finding]:
    """Bindings to everybody."""
    for index, subject in enumerate(binding.get("subjects") or []):
        if (subject.get("kind"), subject.get("name")) in (("Group", UNAUTHENTICATED), ("User", ANONYMOUS)):
            message = f'grants {binding["roleRef"].get("name")} to {subject["kind"]} "{subject["name"]}"'
            yield Finding(RULES["KG106"], title(binding), message, locate(binding, f"subjects[{index}]"))


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
            resource in self.resources or "*" in self.resources or f"*/{resource.partition('/')[2]}" in self.resources
            for resource in resources
        )


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
    if not rule.named and rule.allows(_READ, "", "secrets"):
        yield "KG102", "reads all secrets"
    special = sorted(rule.verbs & {"escalate", "bind", "impersonate"})
    if special:
        yield "KG103", f"{', '.join(special)} on {', '.join(sorted(rule.resources))}"
    if rule.allows({"create"}, "", "pods") or rule.allows({"create", "get"}, "", *_RUN):
        yield "KG104", "creates pods or runs commands in them"
    if rule.allows({"get", "create"}, "", "nodes/proxy"):
        yield "KG105", "reaches the kubelets"
    if rule.allows({"create"}, "", "serviceaccounts/token"):
        yield "KG107", "creates tokens of service accounts"
    if rule.allows({"update", "patch"}, "certificates.k8s.io", "certificatesigningrequests/approval") or (
        rule.verbs & {"approve", "sign"} and "signers" in rule.resources
    ):
        yield "KG108", "approves or signs certificate requests"
    if rule.allows({*_WRITE, "delete"}, "admissionregistration.k8s.io", *sorted(_ADMISSION)):
        yield "KG109", "changes webhooks or admission policies"
