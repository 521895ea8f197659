"""Nobody grants through a role or binding what they do not hold themselves.

A role may be written by who holds all that it grants, or may ``escalate`` it; a binding by who holds all that its role
grants, or may ``bind`` the role. An aggregation rule, which gathers whatever comes, needs everything. Members of
system:masters are free. The check comes after mutating admission and before the object is validated, as on the real server.
Source: kubernetes ``pkg/registry/rbac`` (escalation_check.go, the policybased storages, validation/rule.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from kubegate.api.go import quote, quoted_list
from kubegate.api.names import Object, name_of, path_segment_name
from kubegate.api.status import Status, bad_request, forbidden, not_found
from kubegate.api.user import MASTERS, User
from kubegate.authz.interface import Attributes, Authorizer, Decision
from kubegate.authz.rule_cover import describe, uncovered

GROUP = "rbac.authorization.k8s.io"
ROLES = ("roles", "clusterroles")
BINDINGS = ("rolebindings", "clusterrolebindings")

FULL_AUTHORITY: tuple[dict[str, list[str]], ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
_COLLECTED_FIELDS = ("ownerReferences", "finalizers", "managedFields", "selfLink")
"""What the garbage collector changes, which grants nothing."""


class RuleResolver(Protocol):
    """What this needs to know of roles and bindings; `rbac.index.RbacAuthorizer` is one."""

    def held_rules(self, user: User, namespace: str) -> Iterator[Mapping[str, Any]]:
        """The rules that a user holds in a namespace ("": in the whole cluster)."""
        ...

    def missing_role_names(self, user: User, namespace: str) -> Iterable[str]:
        """The names of roles that the user's bindings refer to in vain."""
        ...

    def role(self, kind: str, namespace: str, name: str) -> Object | None:
        """A role, or None."""
        ...


def check(
    attributes: Attributes, obj: Object, old: Object | None, resolver: RuleResolver, authorizer: Authorizer
) -> Status | None:
    """What is wrong with a create (``old`` is None) or update of an RBAC object; None if it may be done.

    ``attributes`` are those of the request itself (user, resource, namespace of the URL, name: "" on create).
    """
    if attributes.group != GROUP or attributes.resource not in (*ROLES, *BINDINGS) or attributes.subresource:
        return None
    if MASTERS in attributes.user.groups:
        return None
    if attributes.resource in ROLES:
        return _check_role(attributes, obj, old, resolver, authorizer)
    return _check_binding(attributes, obj, old, resolver, authorizer)


def _check_role(
    attributes: Attributes, obj: Object, old: Object | None, resolver: RuleResolver, authorizer: Authorizer
) -> Status | None:
    if _may(authorizer, replace(_plain(attributes), verb="escalate")):
        return None
    if old is not None and _only_collected(obj, old):
        return None
    complaint = _escalation(attributes, obj.get("rules") or (), resolver)
    if complaint:
        return forbidden(GROUP, attributes.resource, name_of(obj), complaint)
    if (_gathers(obj) or _gathers(old)) and _escalation(attributes, FULL_AUTHORITY, resolver):
        why = "must have cluster-admin privileges to use the aggregationRule"
        return forbidden(GROUP, attributes.resource, name_of(obj), why)
    return None


def _gathers(role: Object | None) -> bool:
    """Does it collect the rules of others? An aggregation rule without selectors is refused later."""
    return bool(((role or {}).get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _check_binding(
    attributes: Attributes, obj: Object, old: Object | None, resolver: RuleResolver, authorizer: Authorizer
) -> Status | None:
    if old is not None and _only_collected(obj, old):
        return None
    ref: Mapping[str, Any] = obj.get("roleRef") or {}
    kind, name = ref.get("kind") or "", ref.get("name") or ""
    if kind in ("ClusterRole", "Role"):
        group = ref.get("apiGroup") or GROUP
        bind = replace(_plain(attributes), verb="bind", group=group, resource=f"{kind.lower()}s", name=name)
        if _may(authorizer, bind):
            return None
    else:
        return Status(500, "", f"unsupported role reference kind: {quote(kind)}")
    if unreadable := _no_key(kind, attributes.namespace, name):
        return bad_request(unreadable)
    role = resolver.role(kind, attributes.namespace, name)
    if role is None:
        # The error speaks of the resource that is written, with the name of the role.
        return not_found(GROUP, attributes.resource, name)
    complaint = _escalation(attributes, role.get("rules") or (), resolver)
    return forbidden(GROUP, attributes.resource, name_of(obj), complaint) if complaint else None


def _no_key(kind: str, namespace: str, name: str) -> str:
    """Why no role can be looked up by such a reference; "" if one can."""
    if kind == "Role" and not namespace:
        return "Namespace parameter required."
    if not name:
        return "Name parameter required."
    wrong = path_segment_name(name)
    return f"Name parameter invalid: {quote(name)}: {';'.join(wrong)}" if wrong else ""


def _plain(attributes: Attributes) -> Attributes:
    """The request without what such checks do not ask about."""
    return replace(attributes, version="*", field_requirements=None, label_requirements=None, selector_errors=())


def _may(authorizer: Authorizer, attributes: Attributes) -> bool:
    return authorizer.authorize(attributes).decision is Decision.ALLOW


def _escalation(attributes: Attributes, rules: Iterable[Mapping[str, Any]], resolver: RuleResolver) -> str:
    """What the user would grant without holding it, in the server's words; "" if nothing."""
    user, namespace = attributes.user, attributes.namespace
    missing = uncovered(resolver.held_rules(user, namespace), rules)
    if not missing:
        return ""
    message = (
        f"user {quote(user.name)} (groups={quoted_list(user.groups)}) is attempting to grant RBAC permissions "
        "not currently held:\n" + "\n".join(describe(missing))
    )
    errors = [
        f"{attributes.resource}.{GROUP} {quote(name)} not found"
        for name in dict.fromkeys(resolver.missing_role_names(user, namespace))
    ]
    if errors:
        joined = errors[0] if len(errors) == 1 else "[" + ", ".join(errors) + "]"
        message += f"; resolution errors: [{joined}]"
    return message


def _only_collected(obj: Object, old: Object) -> bool:
    """Does the update change nothing but what the garbage collector changes?"""
    return _without_collected(obj) == _without_collected(old)


def _without_collected(obj: Object) -> Object:
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key not in _COLLECTED_FIELDS and value}
    rest = {key: value for key, value in obj.items() if key not in ("metadata", "apiVersion", "kind") and value}
    return {**rest, "metadata": metadata, "aggregationRule": obj.get("aggregationRule")}
