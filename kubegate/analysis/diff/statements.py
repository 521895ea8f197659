"""AccessPolicies and ABAC policies as statements: to whom they apply, and the boxes that they allow or deny.

What a box cannot say (selectors, expressions, times) is kept as the statement's ``condition``, as texts: equal ones are the
same in both sets, others are different whatever they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kubegate.analysis.diff.boxes import Box, PathBox, ResourceBox
from kubegate.analysis.diff.denials import reached
from kubegate.analysis.diff.patterns import Texts
from kubegate.analysis.diff.permissions import EVERYWHERE, rule_boxes
from kubegate.analysis.diff.values import ANY, Values, verbatim
from kubegate.api.names import Object
from kubegate.api.user import AUTHENTICATED, UNAUTHENTICATED, User, service_account_name
from kubegate.authz.abac.authorizer import READ_ONLY_VERBS
from kubegate.authz.abac.policy import Policy
from kubegate.authz.access.model import AccessPolicySpec, AccessRule, Subject, read_policy
from kubegate.authz.access.subjects import matcher
from kubegate.authz.rbac.bindings import Key

Condition = tuple[str, ...]
"""What must hold besides: all of it. Empty: nothing."""


def nobody(user: User) -> bool:
    """Nobody is never denied."""
    return False


@dataclass(frozen=True)
class Statement:
    """``text`` tells equal statements; ``subjects`` and ``exceptions`` are identities that matter to it."""

    text: str
    applies: Callable[[User], bool]
    denies: bool
    boxes: tuple[Box, ...]
    condition: Condition = ()
    subjects: tuple[Key, ...] = ()
    exceptions: tuple[Key, ...] = ()
    authorizer: str = "AccessPolicy"
    saves: Callable[[User], bool] = nobody
    """Who is never denied."""


def specs_of(objects: Iterable[Object]) -> list[AccessPolicySpec]:
    """The policies; raises `InvalidInput` for a wrong one."""
    return [read_policy(obj, lambda obj, path: None) for obj in objects]


def texts_of(specs: Iterable[AccessPolicySpec], rbac: Iterable[Object], lines: Iterable[Policy] = ()) -> tuple[Texts, Texts]:
    """(names, namespaces) that both sets' policies say."""
    names: set[str] = set()
    namespaces: set[str] = set(verbatim(line.namespace for line in lines if line.namespace != "*"))
    for spec in specs:
        namespaces.update(spec.namespaces)
        names.update(spec.namespaces if spec.effect == "Deny" else ())  # the names of Namespace objects
        for rule in spec.rules:
            names.update(rule.resourceNames, rule.resourceNamePatterns)
    for obj in rbac:
        namespaces.add((obj.get("metadata") or {}).get("namespace") or "")
        for rule in obj.get("rules") or ():
            names.update(verbatim(rule.get("resourceNames") or ()))
    return Texts(names), Texts(namespaces)


def access_statements(specs: Iterable[AccessPolicySpec], names: Texts, namespaces: Texts) -> Iterator[Statement]:
    """The statements of AccessPolicies: one for each condition that a policy's rules are under."""
    for spec in specs:
        where = namespaces.values(spec.namespaces) if spec.namespaces else ANY
        by_condition: dict[Condition, list[Box]] = {}
        for rule in spec.rules:
            by_condition.setdefault(_condition(spec, rule), []).extend(
                _boxes(rule, names, where, names.values(spec.namespaces) if spec.effect == "Deny" else None)
            )
        for condition, boxes in by_condition.items():
            yield Statement(
                orjson.dumps(spec.model_dump(mode="json", exclude={"reason", "rules"})).decode() + repr((boxes, condition)),
                _applies(spec),
                spec.effect == "Deny",
                tuple(boxes),
                condition,
                tuple(map(_key, spec.subjects)),
                tuple(map(_key, spec.exceptSubjects)),
                saves=_applies(spec) if spec.breakGlass else nobody,
            )


def abac_statements(policies: Iterable[Policy]) -> Iterator[Statement]:
    """The statements of an ABAC file's lines."""
    for policy in policies:
        keys = [Key(True, policy.group)] if policy.group else []
        keys += [Key(False, policy.user)] if policy.user else []
        if keys:
            text = repr(replace(policy, location=policy.location.__class__()))
            boxes = tuple(_line_boxes(policy))
            yield Statement(text, _line_applies(policy), False, boxes, (), tuple(keys), authorizer="ABAC")


def everything_allowed() -> Statement:
    """What AlwaysAllow says."""
    boxes: tuple[Box, ...] = (ResourceBox(ANY, ANY, ANY, ANY, ANY, ANY), PathBox(ANY, "", True))
    everybody = (Key(True, AUTHENTICATED), Key(True, UNAUTHENTICATED))
    return Statement("AlwaysAllow", lambda user: True, False, boxes, (), everybody, authorizer="AlwaysAllow")


def _applies(spec: AccessPolicySpec) -> Callable[[User], bool]:
    subjects, exceptions = list(map(matcher, spec.subjects)), list(map(matcher, spec.exceptSubjects))
    return lambda user: any(is_it(user) for is_it in subjects) and not any(is_it(user) for is_it in exceptions)


def _key(subject: Subject) -> Key:
    """The subject; one with a pattern stands for all whom no policy names."""
    if subject.kind == "ServiceAccount":
        return Key(False, service_account_name(subject.namespace, subject.name))
    return Key(subject.kind == "Group", subject.name)


def _boxes(rule: AccessRule, names: Texts, where: Values, denied: Values | None) -> Iterator[Box]:
    """``denied``: of a Deny, the names of the namespaces it holds in."""
    plain: dict[str, Any] = rule.model_dump(include={"verbs", "apiGroups", "resources", "nonResourceURLs"})
    said = [*rule.resourceNames, *rule.resourceNamePatterns]
    which = names.values(said) if said else ANY
    for box in rule_boxes(plain, EVERYWHERE):
        if not isinstance(box, ResourceBox):
            yield box
        elif denied is not None:
            yield from reached(replace(box, names=which, namespaces=where), denied)
        else:
            yield replace(box, names=which, namespaces=where)


def _condition(spec: AccessPolicySpec, rule: AccessRule) -> Condition:
    parts = [*spec.when]
    if rule.labelSelector is not None:
        parts.append(f"labels {orjson.dumps(rule.labelSelector, option=orjson.OPT_SORT_KEYS).decode()}")
    if rule.fieldSelector:
        parts.append(f"fields {rule.fieldSelector}")
    parts += [f"{word} {time.isoformat()}" for word, time in (("from", spec.notBefore), ("until", spec.notAfter)) if time]
    return tuple(dict.fromkeys(parts))


def _line_applies(policy: Policy) -> Callable[[User], bool]:
    def applies(user: User) -> bool:
        return (not policy.user or policy.user == user.name) and (not policy.group or policy.group in user.groups)

    return applies


def _line_boxes(policy: Policy) -> Iterator[Box]:
    verbs = Values.of(READ_ONLY_VERBS) if policy.readonly else ANY
    if policy.resource:
        groups, resources, namespaces = (
            ANY if text == "*" else Values.of(verbatim([text]))
            for text in (policy.api_group, policy.resource, policy.namespace)
        )
        yield ResourceBox(verbs, groups, resources, ANY, ANY, namespaces)
    if policy.non_resource_path:
        prefix = policy.non_resource_path.endswith("*")
        yield PathBox(verbs, policy.non_resource_path.rstrip("*") if prefix else policy.non_resource_path, prefix)
