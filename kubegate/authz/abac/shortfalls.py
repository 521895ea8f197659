"""What keeps a line from allowing a request: the fields that would have to be different.

It says field by field what the authorizer decides at once; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kubegate.api.user import User
from kubegate.authz.abac.authorizer import READ_ONLY_VERBS, covers_path
from kubegate.authz.abac.policy import Policy
from kubegate.authz.interface import Attributes

USER, GROUP, READONLY = "user", "group", "readonly"
NAMESPACE, RESOURCE, API_GROUP, PATH = "namespace", "resource", "api_group", "non_resource_path"
SUBJECT = frozenset({USER, GROUP})


def shortfalls(policy: Policy, attributes: Attributes) -> tuple[str, ...]:
    """The fields of the line (attributes of `Policy`) that leave the request out; none if it allows. A line with neither
    user nor group lacks a user."""
    return (*_of_subject(policy, attributes.user), *_of_request(policy, attributes))


def _of_subject(policy: Policy, user: User) -> Iterable[str]:
    if policy.user != user.name if policy.user else not policy.group:
        yield USER
    if policy.group and policy.group not in user.groups:
        yield GROUP


def _of_request(policy: Policy, attributes: Attributes) -> Iterable[str]:
    if policy.readonly and attributes.verb not in READ_ONLY_VERBS:
        yield READONLY
    if not attributes.is_resource:
        if not covers_path(policy.non_resource_path, attributes.path):
            yield PATH
        return
    asked = ((NAMESPACE, attributes.namespace), (RESOURCE, attributes.resource), (API_GROUP, attributes.group))
    for field, value in asked:
        if getattr(policy, field) not in ("*", value):
            yield field


def mended(policy: Policy, attributes: Attributes) -> Policy | None:
    """The line with no more changed than what leaves the request out; None if no line can name the user alone."""
    lacking = shortfalls(policy, attributes)
    values: dict[str, Any] = {
        READONLY: False,
        PATH: attributes.path,
        NAMESPACE: attributes.namespace,
        RESOURCE: attributes.resource,
        API_GROUP: attributes.group,
    }
    changes = {field: value for field, value in values.items() if field in lacking}
    if SUBJECT & set(lacking):
        subject = named(attributes.user)
        if subject is None:
            return None
        # A line for a user as a member of a group stays one.
        changes |= subject if GROUP in lacking or not subject[USER] else {USER: subject[USER]}
    return replace(policy, **changes)


def named(user: User) -> dict[str, str] | None:
    """The fields of a line that mean the user and nobody else; the group of somebody without a name. None if there are none:
    ``*`` stands for everybody."""
    if user.name:
        return {USER: user.name, GROUP: ""} if user.name != "*" else None
    group = user.groups[0] if user.groups else ""
    return {USER: "", GROUP: group} if group not in ("", "*") else None
