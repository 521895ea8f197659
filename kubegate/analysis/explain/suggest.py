"""The smallest change that would allow a request, as manifests."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import User, split_service_account
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import full_resource

GROUP = "rbac.authorization.k8s.io"
_UNNAMED_VERBS = ("create", "deletecollection")
"""Requests of these verbs carry no name, so that a rule with resourceNames would not allow them."""


def smallest_change(attributes: Attributes, rbac: RbacAuthorizer | None = None) -> list[Object]:
    """A role that allows exactly the request, and a binding that gives it to the user and nobody else.

    Their name is one that ``rbac`` does not have: applying the manifests must not replace anything.

    Empty if RBAC alone cannot allow it (nobody is named). What it gives is checked with the engine itself.
    """
    subject = subject_of(attributes.user)
    if subject is None:
        return []
    namespace = attributes.namespace if attributes.is_resource else ""
    scoped = {"namespace": namespace} if namespace else {}
    name = free_name(change_name(attributes), _taken(namespace, rbac) if rbac is not None else set())
    kind = "Role" if namespace else "ClusterRole"
    role: Object = {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, **scoped},
        "rules": [rule_for(attributes)],
    }
    binding: Object = {
        "apiVersion": f"{GROUP}/v1",
        "kind": f"{kind}Binding",
        "metadata": {"name": name, **scoped},
        "subjects": [subject],
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
    }
    change = [role, binding]
    return change if RbacAuthorizer(change).authorize(attributes).allowed else []


def subject_of(user: User) -> dict[str, Any] | None:
    """The subject that means the user; a group of the user if there is no name."""
    account = split_service_account(user.name)
    if account is not None:
        return {"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}
    if user.name:
        return {"apiGroup": GROUP, "kind": "User", "name": user.name}
    return {"apiGroup": GROUP, "kind": "Group", "name": user.groups[0]} if user.groups else None


def rule_for(attributes: Attributes) -> dict[str, Any]:
    """The rule that allows the request and nothing else."""
    if not attributes.is_resource:
        return {"nonResourceURLs": [attributes.path], "verbs": [attributes.verb]}
    rule: dict[str, Any] = {
        "apiGroups": [attributes.group],
        "resources": [full_resource(attributes)],
        "verbs": [attributes.verb],
    }
    if carries_name(attributes):
        rule["resourceNames"] = [attributes.name]
    return rule


def carries_name(attributes: Attributes) -> bool:
    """Whether a request of this kind names its object in the way to the server."""
    return bool(attributes.name) and (attributes.verb not in _UNNAMED_VERBS or bool(attributes.subresource))


def _taken(namespace: str, rbac: RbacAuthorizer) -> set[str]:
    taken = {role.id.name for role in rbac.roles() if role.id.namespace == namespace}
    return taken | {binding.name for binding in rbac.bindings() if binding.namespace == namespace}


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number if it is taken."""
    return next(found for number in count(1) if (found := name if number == 1 else f"{name}-{number}") not in taken)


def change_name(attributes: Attributes) -> str:
    """A name for what allows the request: ``get-pods-web``."""
    what = full_resource(attributes) if attributes.is_resource else attributes.path
    text = "-".join(part for part in (attributes.verb, what, attributes.name) if part)
    cleaned = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
    return cleaned[:200] or "allow"
