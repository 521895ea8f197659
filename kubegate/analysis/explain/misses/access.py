"""AccessPolicies in an explanation: the Allow that nearly holds, what would lift a Deny, the smallest Allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any

from kubegate.analysis.explain.misses.miss import (
    CONDITION,
    GROUP,
    NAME,
    NAMESPACE,
    PATH,
    RESOURCE,
    SELECTOR,
    SUBJECT,
    TIME,
    VERB,
    Miss,
)
from kubegate.analysis.explain.misses.rule_failures import failures
from kubegate.analysis.explain.suggest import carries_name, change_name, free_name, rule_for, subject_of
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer, utc_now
from kubegate.authz.access.collections import COLLECTIONS
from kubegate.authz.access.model import API_VERSION, KIND
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.interface import Attributes, Decision
from kubegate.authz.rbac.rules import Rule, full_resource
from kubegate.authz.webhook.wire import spec_of
from kubegate.errors import Unavailable
from kubegate.selectors.label_selector import from_object

_SHORTFALLS = {
    "name": (NAME, "names", "add the name to the resourceNames of"),
    "labelSelector": (SELECTOR, "labels", "ask with a label selector within labelSelector of"),
    "fieldSelector": (SELECTOR, "fields", "ask with a field selector within fieldSelector of"),
}


_SHOWN = 3
_LISTS = {VERB: "verbs", GROUP: "apiGroups", RESOURCE: "resources", PATH: "nonResourceURLs"}


def access_misses(member: AccessPolicyAuthorizer, attributes: Attributes) -> Iterator[Miss]:
    """The policies with effect Allow that lack one thing to allow the request."""
    for policy in member.policies:
        if policy.denies:
            continue
        if policy.applies_to(attributes.user):
            yield from _of_the_user(member, policy, attributes)
        elif not policy.spec.breakGlass and _would_allow(member, policy, attributes):
            text = f"{_title(policy)} allows it to others: {_subjects(policy)}"
            yield _miss(member, policy, SUBJECT, text, f"add the user to the subjects of {_title(policy)}", "subjects")


def _subjects(policy: CompiledPolicy) -> str:
    named = [
        f"{subject.kind} {subject.namespace + '/' if subject.namespace else ''}{subject.name}"
        for subject in policy.spec.subjects[:_SHOWN]
    ]
    more = len(policy.spec.subjects) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _would_allow(member: AccessPolicyAuthorizer, policy: CompiledPolicy, attributes: Attributes) -> bool:
    """Whoever it is about."""
    covered = policy.in_force(member.now()) and policy.covering_rule(attributes) is not None
    return covered and not policy.unmet(attributes)[0]


def _of_the_user(member: AccessPolicyAuthorizer, policy: CompiledPolicy, attributes: Attributes) -> Iterator[Miss]:
    title, now = _title(policy), member.now()
    if policy.covering_rule(attributes) is None:
        if policy.in_force(now) and not policy.unmet(attributes)[0]:
            yield from _nearly_covered(member, policy, attributes)
            yield from _other_rule(member, policy, attributes)
        return
    unmet, error = policy.unmet(attributes)
    if unmet and policy.in_force(now):
        why = f" ({error})" if error else ""
        text = f"{title} would allow it, but not all of its conditions are met{why}: {'; '.join(_unmet(policy, attributes))}"
        yield _miss(member, policy, CONDITION, text, f"change `when` of {title}", "when")
    if not unmet and not policy.in_force(now):
        before, after = policy.spec.notBefore, policy.spec.notAfter
        when = [f"from {before.isoformat()}"] if before else []
        when += [f"until {after.isoformat()}"] if after else []
        text = f"{title} would allow it, but is in force {' '.join(when)} only"
        remedy, path = f"change notBefore or notAfter of {title}", "notAfter" if after else "notBefore"
        yield _miss(member, policy, TIME, text, remedy, path)


def _unmet(policy: CompiledPolicy, attributes: Attributes) -> Iterator[str]:
    for text, condition in zip(policy.spec.when, policy.conditions, strict=True):
        try:
            met = condition.matches(spec_of(attributes))
        except Unavailable:
            met = False
        if not met:
            yield text


def _nearly_covered(member: AccessPolicyAuthorizer, policy: CompiledPolicy, attributes: Attributes) -> Iterator[Miss]:
    for index, lacks in policy.shortfalls(attributes):
        title = _title(policy)
        if lacks == ["namespace"]:
            text = f"{title} holds in {', '.join(policy.spec.namespaces)}, not in {attributes.namespace or 'all namespaces'}"
            remedy = f"add {quote(attributes.namespace)} to the namespaces of {title}"
            yield _miss(member, policy, NAMESPACE, text, remedy, "namespaces")
        elif len(lacks) == 1:
            kind, what, remedy = _SHORTFALLS[lacks[0]]
            if kind == SELECTOR and attributes.verb not in COLLECTIONS:
                remedy = f"{attributes.verb} carries no selector: remove {lacks[0]} from"
            elif kind == NAME and not carries_name(attributes):
                remedy = "the request names no object: remove the names from"
            text = f"{title} allows it by rule {index}, but only for some {what}: {_limits(policy, index, lacks[0])}"
            yield _miss(member, policy, kind, text, f"{remedy} rules[{index}] of {title}", f"rules[{index}]")


def _other_rule(member: AccessPolicyAuthorizer, policy: CompiledPolicy, attributes: Attributes) -> Iterator[Miss]:
    """Rules that would cover the request with one verb, group, resource or path more: tried, since they may have limits."""
    values = {VERB: attributes.verb, GROUP: attributes.group, PATH: attributes.path}
    for index, spec in enumerate(policy.spec.rules):
        failed = failures(Rule(index, spec.model_dump(include=set(_LISTS.values()))), attributes)
        if len(failed) != 1 or failed[0][0] not in _LISTS:
            continue
        kind, lacks, remedy = failed[0]
        changed = deepcopy(policy.object)
        value = full_resource(attributes) if kind == RESOURCE else values[kind]
        changed["spec"]["rules"][index].setdefault(_LISTS[kind], []).append(value)
        changed["spec"].pop("when", None)  # known to hold
        if alone(changed, member.now).authorize(attributes).allowed:
            text = f"{_title(policy)} is for the user, but its rule {index} {lacks}"
            yield _miss(member, policy, kind, text, f"{remedy} rules[{index}] of {_title(policy)}", f"rules[{index}]")


def _limits(policy: CompiledPolicy, index: int, lacks: str) -> str:
    rule = policy.spec.rules[index]
    if lacks == "name":
        return ", ".join([*rule.resourceNames, *rule.resourceNamePatterns])
    return rule.fieldSelector if lacks == "fieldSelector" else str(from_object(rule.labelSelector))


def _miss(member: AccessPolicyAuthorizer, policy: CompiledPolicy, kind: str, text: str, remedy: str, path: str) -> Miss:
    place = member.locate(policy.object, f"spec.{path}") or member.locate(policy.object, "")
    return Miss(kind, text, remedy, (place,) if place else (), authorizer="AccessPolicy")


def _title(policy: CompiledPolicy) -> str:
    return f"AccessPolicy {policy.name}"


def without_denials(member: AccessPolicyAuthorizer, attributes: Attributes) -> tuple[list[Object], AccessPolicyAuthorizer]:
    """The denying policies with the user among their exceptSubjects, and the authorizer that decides by them.

    No policies if the user cannot be excepted alone: nobody is named, or the name is a pattern."""
    subject = subject_of(attributes.user)
    if subject is None or "*" in subject["name"]:
        return [], member
    excepted = {key: value for key, value in subject.items() if key != "apiGroup"}
    changed: dict[str, Object] = {}
    for _ in member.policies:
        verdict = member.authorize(attributes)
        denying = dict(verdict.determined_by.details).get("policy") if verdict.determined_by else None
        if verdict.decision is not Decision.DENY or denying is None:
            break
        policy = next(found for found in member.policies if found.name == denying)
        changed[denying] = deepcopy(policy.object)
        changed[denying]["spec"].setdefault("exceptSubjects", []).append(excepted)
        member = member.with_policies(changed)
    return list(changed.values()), member


def smallest_policy(member: AccessPolicyAuthorizer, attributes: Attributes) -> Object | None:
    """One more Allow, of exactly the request to exactly the user; None if the user cannot be named alone."""
    subject = subject_of(attributes.user)
    if subject is None or "*" in subject["name"]:
        return None
    spec: dict[str, Any] = {"effect": "Allow", "subjects": [{key: subject[key] for key in subject if key != "apiGroup"}]}
    if attributes.is_resource:
        spec["namespaces"] = [attributes.namespace]
    spec["rules"] = [rule_for(attributes)]
    name = free_name(change_name(attributes), {policy.name for policy in member.policies})
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}


def alone(policy: Object, now: Callable[[], datetime] = utc_now) -> AccessPolicyAuthorizer:
    """Decides by one policy without conditions."""
    return AccessPolicyAuthorizer([policy], _no_conditions, now=now)


def _no_conditions(expression: str) -> Any:
    raise ValueError(f"no condition is expected: {expression}")
