"""Who may, and who is denied, by AccessPolicies.

A subject that is named exactly, by a policy without conditions, is confirmed by the chain. Patterns and conditions cannot
be: they are listed with what must hold, unless all that they stand for are denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubegate.analysis.holders.model import ALLOW, DENY, Holder
from kubegate.analysis.holders.spared import Denials
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.model import Subject
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.interface import Attributes


def by_access(access: AccessPolicyAuthorizer, asked: Attributes, denials: Denials) -> Iterator[Holder]:
    """A holder for each subject of each policy in force that covers what is asked; denials too."""
    for policy, rule in access.covering(asked):
        for position, subject in enumerate(policy.spec.subjects):
            holder = _holder(access, policy, subject, rule, position)
            maybe = bool(policy.spec.when) or "*" in subject.name + subject.namespace
            condition = "" if policy.denies else denials.condition(holder, maybe=maybe)
            if condition is not None:
                yield replace(holder, condition="; ".join(part for part in (holder.condition, condition) if part))


def _holder(access: AccessPolicyAuthorizer, policy: CompiledPolicy, subject: Subject, rule: int, position: int) -> Holder:
    place = access.locate(policy.object, f"spec.subjects[{position}]")
    return Holder(
        subject.kind,
        subject.namespace,
        subject.name,
        f"AccessPolicy {policy.name}",
        "",
        str(rule),
        (place,) if place else (),
        DENY if policy.denies else ALLOW,
        "AccessPolicy",
        _condition(policy),
    )


def _condition(policy: CompiledPolicy) -> str:
    spec = policy.spec
    parts = [f"except {_named(subject)}" for subject in spec.exceptSubjects]
    parts += [f"if {expression}" for expression in spec.when]
    if spec.notAfter is not None:
        parts.append(f"until {spec.notAfter.isoformat()}")
    return "; ".join(parts)


def _named(subject: Subject) -> str:
    return f"{subject.kind} {subject.namespace + '/' if subject.namespace else ''}{subject.name}"
