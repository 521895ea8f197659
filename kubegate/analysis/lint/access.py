"""Rules of AccessPolicies that never take effect: of a Deny, something that is not denied after all."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.lint.context import Context
from kubegate.analysis.lint.effect import rule_messages
from kubegate.analysis.lint.finding import Finding
from kubegate.api.names import Object, kind_of

_KIND, _GROUP = "AccessPolicy", "policy.kubegate.dev"


def is_access_policy(obj: Object) -> bool:
    """Is it one of ours?"""
    return obj.get("kind") == _KIND and kind_of(obj).group == _GROUP


def access_findings(policy: Object, context: Context) -> Iterator[Finding]:
    """Verbs, groups and resources that no request has."""
    for index, rule in enumerate((policy.get("spec") or {}).get("rules") or []):
        # Names are judged otherwise than in roles: with patterns, and by a Deny.
        plain = {key: value for key, value in rule.items() if key != "resourceNames"}
        for rule_id, message in rule_messages(policy, plain, context.vocabulary):
            yield context.finding(rule_id, policy, message, f"spec.rules[{index}]")
