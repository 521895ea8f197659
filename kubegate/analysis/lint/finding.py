"""The rules by their stable ids, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from kubegate.errors import Location


class Severity(IntEnum):
    """How bad it is; the order is that of badness."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule: its id stays for ever. ``help``: why it matters, and what to do."""

    id: str
    name: str
    severity: Severity
    help: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule applies. ``subject``: the object, as ``ClusterRole view``."""

    rule: LintRule
    subject: str
    message: str
    location: Location | None = None

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Worst first, then by rule and object."""
        return -self.rule.severity, self.rule.id, self.subject, self.message


_TABLE = """
KG001 error dangling-role: The binding refers to a role that is not there: it grants nothing. Create the role.
KG002 note dangling-service-account: The service account is not among the manifests. Is it misspelt?
KG003 warning unknown-verb: No request has this verb: the rule never takes effect for it.
KG004 warning unknown-resource: No API of this group has this resource. Is it misspelt, or in another group?
KG005 warning names-without-effect: A request to create has no name: with resourceNames it is never allowed. Split the rule.
KG006 warning cluster-resource-in-role: A Role grants only in its namespace, and a cluster-scoped resource is in none.
KG007 warning paths-in-role: nonResourceURLs are granted by ClusterRoleBindings only.
KG008 note duplicate-binding: Another binding grants the same role to the same subjects. Drop one.
KG009 note shadowed-rule: Another rule of the role allows all of this one. Drop it.
KG010 note pod-security-level: Kubernetes has no PodSecurityPolicies since 1.25: label the namespaces with this level.
KG101 error everything: The rule allows everything: whoever has it is an administrator. Name what is needed.
KG102 warning read-secrets: Reading secrets is having what they open. Name them in resourceNames, in a Role.
KG103 error escalation-verb: escalate, bind and impersonate let the subject become more than the role says.
KG104 warning run-in-pods: Creating pods, or running commands in them, is having what their service accounts have.
KG105 error node-proxy: nodes/proxy reaches the kubelet past admission and audit: it runs commands in every pod.
KG106 error everybody: The binding grants to everybody, also those who did not log in.
KG107 warning make-tokens: Creating service-account tokens is being those service accounts.
KG108 warning approve-certificates: Approving or signing certificate requests makes identities, also administrators'.
KG109 warning change-admission: Changing webhooks or admission policies turns off what protects the cluster.
KG110 warning wildcard: A wildcard also allows what later versions add. Name verbs and resources.
"""


def _rule(line: str) -> LintRule:
    head, _, text = line.partition(": ")
    identity, severity, name = head.split()
    return LintRule(identity, name, Severity[severity.upper()], text)


RULES = {rule.id: rule for rule in map(_rule, _TABLE.strip().splitlines())}
