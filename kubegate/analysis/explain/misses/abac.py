"""ABAC lines in an explanation: those that nearly allow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from kubegate.analysis.explain.misses import miss
from kubegate.analysis.explain.misses.miss import Miss
from kubegate.analysis.explain.suggest_line import line_text
from kubegate.api.go import quote
from kubegate.api.user import User, split_service_account
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy, to_object
from kubegate.authz.abac.shortfalls import (
    API_GROUP,
    GROUP,
    NAMESPACE,
    PATH,
    READONLY,
    RESOURCE,
    SUBJECT,
    USER,
    mended,
    shortfalls,
)
from kubegate.authz.interface import Attributes, Verdict
from kubegate.authz.rbac.rules import full_resource

# The farthest first: a line that lacks two things misses by the first of them.
_KINDS = {
    USER: miss.SUBJECT,
    GROUP: miss.SUBJECT,
    PATH: miss.PATH,
    RESOURCE: miss.RESOURCE,
    API_GROUP: miss.GROUP,
    READONLY: miss.VERB,
    NAMESPACE: miss.NAMESPACE,
}
_KEYS = {
    USER: "user",
    GROUP: "group",
    NAMESPACE: "namespace",
    RESOURCE: "resource",
    API_GROUP: "apiGroup",
    PATH: "nonResourcePath",
}
_EVERYTHING = 50
"""Roughly how many things ``*`` stands for."""


def abac_misses(abac: AbacAuthorizer, attributes: Attributes) -> Iterator[Miss]:
    """The lines that lack one thing to allow the request; those of the user that lack two if none of his lacks but one."""
    lacking = [(policy, shortfalls(policy, attributes)) for policy in abac.policies if _is_about(policy, attributes)]
    own = [(policy, fields) for policy, fields in lacking if not SUBJECT & set(fields)]
    others = [(policy, fields) for policy, fields in lacking if SUBJECT & set(fields)]
    for policy, fields in (*(_of_size(1, own) or _of_size(2, own)), *_of_size(1, others)):
        found = _miss(policy, fields, attributes)
        if found is not None:
            yield found


_Lacking = list[tuple[Policy, tuple[str, ...]]]


def _of_size(size: int, lacking: _Lacking) -> _Lacking:
    return [lack for lack in lacking if len(lack[1]) == size]


def _is_about(policy: Policy, attributes: Attributes) -> bool:
    """Lines about paths only are no near misses of resources, nor the other way round."""
    return bool(policy.resource or not policy.non_resource_path if attributes.is_resource else policy.non_resource_path)


def _miss(policy: Policy, fields: Sequence[str], attributes: Attributes) -> Miss | None:
    again = mended(policy, attributes)
    if again is None:
        return None
    lacks = ", and ".join(_LACKS[field](policy, attributes) for field in _KINDS if field in fields)
    holder = "" if SUBJECT & set(fields) else f" ({_holder(policy)})"
    shared = not policy.user and not SUBJECT & set(fields)
    whole = f" (this gives it to the whole of Group {quote(policy.group)})" if shared else ""
    whole += _wide(again)
    return Miss(
        next(kind for field, kind in _KINDS.items() if field in fields),
        f"ABAC line {policy.location.line}{holder} {lacks}",
        f"{_remedy(policy, again)}{whole}",
        (policy.location,),
        _size(policy),
        "ABAC",
        len(fields) - 1,
        line_text(again),
    )


def _wide(policy: Policy) -> str:
    """A warning where the line is about nearly everything."""
    everywhere = "in all namespaces" if policy.namespace == "*" else f"in namespace {policy.namespace}"
    if policy.resource == "*":
        return f" (this allows {'reading ' if policy.readonly else ''}every resource {everywhere})"
    return " (this allows every path)" if policy.non_resource_path == "*" else ""


def deciding_line(abac: AbacAuthorizer, verdict: Verdict) -> str:
    """The line that allowed, as v1beta1 spells it; "" for other verdicts."""
    places = verdict.determined_by.locations if verdict.determined_by is not None else ()
    return next((line_text(policy) for policy in abac.policies if policy.location in places), "")


def _holder(policy: Policy) -> str:
    subjects = (("User", policy.user), ("Group", policy.group))
    return " in ".join(f"{kind} {quote(name)}" for kind, name in subjects if name)


def _remedy(policy: Policy, again: Policy) -> str:
    old, new = to_object(policy)["spec"], to_object(again)["spec"]
    changed = [f"{quote(key)}: {json.dumps(new[key])}" for key in new if new[key] != old.get(key)]
    dropped = [quote(key) for key in old if key not in new]
    parts = [f"with {', '.join(changed)}"] if changed else []
    parts += [f"without {', '.join(dropped)}"] if dropped else []
    member = f", or make the user a member of Group {quote(policy.group)}" if again.group != policy.group else ""
    return f"add the line again {' and '.join(parts)}{member}"


def _namespace(policy: Policy, attributes: Attributes) -> str:
    asked = f"namespace {attributes.namespace}" if attributes.namespace else "all namespaces or the cluster's own resources"
    if policy.namespace:
        return f"is for namespace {policy.namespace}, the request is for {asked}"
    return f"names no namespace, which means requests that have none, the request is for {asked}"


def _resource(policy: Policy, attributes: Attributes) -> str:
    if not policy.resource:
        return f"names no resource, which covers none, {attributes.resource} neither"
    full = full_resource(attributes)
    hint = f": a line has no subresources, {quote(attributes.resource)} covers those too"
    return f"covers {policy.resource} but not {full}" if policy.resource != full else f"covers {full}{hint}"


def _subject(policy: Policy, attributes: Attributes) -> str:
    if not policy.user and not policy.group:
        return "would allow it, but names neither a user nor a group, so that it is for nobody"
    return f"would allow it, but is for {_holder(policy)}{_alike(policy, attributes.user)}"


def _alike(policy: Policy, user: User) -> str:
    """A hint if the line nearly means the user."""
    if policy.user and policy.user in user.groups:
        return f": {quote(policy.user)} is a group of the user, but stands as user"
    if policy.group and policy.group == user.name:
        return f": {quote(policy.group)} is the user's name, but stands as group"
    if policy.user and policy.user != user.name and policy.user.lower() == user.name.lower():
        return ": the case of the letters differs"
    account = split_service_account(user.name)
    if account is None:
        return ""
    if policy.user in (account[1], ":".join(account), "/".join(account)):
        return f": a service account is the user {user.name} in a line"
    other = split_service_account(policy.user)
    return ": the service account is one of another namespace" if other is not None and other[1] == account[1] else ""


_LACKS: dict[str, Callable[[Policy, Attributes], str]] = {
    NAMESPACE: _namespace,
    RESOURCE: _resource,
    USER: _subject,
    GROUP: _subject,
    READONLY: lambda policy, asked: f"is readonly, which leaves out {asked.verb}",
    API_GROUP: lambda policy, asked: f"is for the API group {quote(policy.api_group)}, not {quote(asked.group)}",
    PATH: lambda policy, asked: f"covers {policy.non_resource_path} but not {asked.path}",
}


def _size(policy: Policy) -> int:
    """Roughly how much a line allows."""
    total = 3 if policy.readonly else 8
    for value in (policy.namespace, policy.resource, policy.api_group):
        total *= _EVERYTHING if value == "*" else 1
    return total * (1 if policy.user else 2)
