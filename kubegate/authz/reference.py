"""RBAC in full, obviously right and slow: the definition that the engine is tested against.

A request is allowed if a binding names the user, and a rule of the binding's role allows the request. Bindings add up;
nothing forbids. ClusterRoleBindings hold everywhere, RoleBindings for requests in their namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import User, service_account_name
from kubegate.authz.interface import Attributes


def decide(objects: Iterable[Object], request: Attributes) -> bool:
    """Do these Roles, ClusterRoles and bindings allow the request?"""
    objects, scopes = list(objects), {"ClusterRoleBinding": ""}
    if request.is_resource and request.namespace:
        scopes["RoleBinding"] = request.namespace
    for binding in objects:
        scope = scopes.get(binding["kind"])
        if scope is None or (scope and namespace_of(binding) != scope):
            continue
        named = any(is_subject(subject, scope, request.user) for subject in binding.get("subjects") or ())
        if named and any(allows(rule, request) for rule in rules_of(binding["roleRef"], scope, objects)):
            return True
    return False


def is_subject(subject: dict[str, Any], scope: str, user: User) -> bool:
    """Is the user the one, or one of those, that the subject names? An unset namespace is the binding's."""
    namespace = subject.get("namespace") or scope
    if subject["kind"] == "ServiceAccount":
        return bool(namespace) and user.name == service_account_name(namespace, subject["name"])
    return subject["name"] in {"User": (user.name,), "Group": user.groups}.get(subject["kind"], ())


def rules_of(ref: dict[str, Any], scope: str, objects: list[Object]) -> list[dict[str, Any]]:
    """The rules of the role that a binding refers to; none if there is no such role."""
    for role in objects:
        same_scope = role["kind"] == "ClusterRole" or namespace_of(role) == scope
        if role["kind"] == ref["kind"] and name_of(role) == ref["name"] and same_scope:
            return role.get("rules") or []
    return []


def allows(rule: dict[str, Any], request: Attributes) -> bool:
    """Does one rule allow the request?"""
    if not {"*", request.verb} & set(rule["verbs"]):
        return False
    if not request.is_resource:
        urls = rule.get("nonResourceURLs") or ()
        return any(url == request.path or (url[-1:] == "*" and request.path.startswith(url.rstrip("*"))) for url in urls)
    name, sub, names = request.resource, request.subresource, rule.get("resourceNames")
    resources = {"*", f"{name}/{sub}", f"*/{sub}"} if sub else {"*", name}
    grouped = {"*", request.group} & set(rule.get("apiGroups") or ())
    return bool(grouped and resources & set(rule.get("resources") or ())) and (not names or request.name in names)
