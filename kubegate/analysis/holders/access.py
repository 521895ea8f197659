"""Who may, and who is denied, by AccessPolicies.

A subject that is named exactly, by a policy without conditions, is confirmed by the chain. Patterns and conditions cannot
be: they are listed with what must hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.holders.model import ALLOW, DENY, Ask, Holder, as_user
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.model import Subject
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.interface import Attributes, Decision, Verdict


def by_access(access: AccessPolicyAuthorizer, asked: Attributes, ask: Ask) -> Iterator[Holder]:
    """A holder for each subject of each policy in force that covers what is asked; denials too."""
    for policy, rule in access.covering(asked):
        condition = _condition(policy)
        for position, subject in enumerate(policy.spec.subjects):
            if policy.denies or _may(policy, subject, ask):
                place = access.locate(policy.object, f"spec.subjects[{position}]")
                yield Holder(
                    subject.kind,
                    subject.namespace,
                    subject.name,
                    f"AccessPolicy {policy.name}",
                    "",
                    str(rule),
                    (place,) if place else (),
                    DENY if policy.denies else ALLOW,
                    "AccessPolicy",
                    condition,
                )


def _may(policy: CompiledPolicy, subject: Subject, ask: Ask) -> bool:
    if "*" in subject.name + subject.namespace:
        return True
    verdict: Verdict = ask(as_user(subject.kind, subject.namespace, subject.name))
    # A condition may fail for somebody made up and hold for a real user; a denial of somebody named is certain.
    return verdict.decision is not Decision.DENY if policy.spec.when else verdict.allowed


def _condition(policy: CompiledPolicy) -> str:
    spec = policy.spec
    parts = [f"except {_named(subject)}" for subject in spec.exceptSubjects]
    parts += [f"if {expression}" for expression in spec.when]
    if spec.notAfter is not None:
        parts.append(f"until {spec.notAfter.isoformat()}")
    return "; ".join(parts)


def _named(subject: Subject) -> str:
    return f"{subject.kind} {subject.namespace + '/' if subject.namespace else ''}{subject.name}"
