"""What a set of RBAC objects allows each subject: a union of boxes.

Bindings of one role in several namespaces become one box with several namespaces, so that the number of boxes follows the
number of rules, not of bindings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from kubegate.analysis.diff.boxes import Box, PathBox, ResourceBox
from kubegate.analysis.diff.values import ANY, Values, verbatim
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import AUTHENTICATED, UNAUTHENTICATED, service_account_groups, split_service_account
from kubegate.authz.rbac.bindings import Key, RoleId, role_of, subject_key

Permissions = dict[Key, tuple[Box, ...]]

_Scope = frozenset[str]
"""The namespaces of a grant; the empty text alone means everywhere."""

EVERYWHERE: _Scope = frozenset({""})


def permissions(objects: Iterable[Object]) -> Permissions:
    """Subject -> boxes, of Roles, ClusterRoles (already aggregated) and their bindings; other kinds are left alone."""
    roles: dict[RoleId, list[dict[str, Any]]] = {}
    grants: dict[Key, dict[RoleId, set[str]]] = defaultdict(lambda: defaultdict(set))
    for obj in objects:
        kind = obj.get("kind")
        if kind in ("Role", "ClusterRole"):
            roles[RoleId(kind, namespace_of(obj) if kind == "Role" else "", name_of(obj))] = obj.get("rules") or []
        elif kind in ("RoleBinding", "ClusterRoleBinding"):
            namespace = namespace_of(obj) if kind == "RoleBinding" else ""
            for subject in obj.get("subjects") or []:
                key = subject_key(subject, namespace)
                if key is not None:
                    grants[key][role_of(obj)].add(namespace)
    cache: dict[tuple[RoleId, _Scope], list[Box]] = {}
    result: Permissions = {}
    for key, held in grants.items():
        boxes: dict[Box, None] = {}
        for role, namespaces in held.items():
            if role not in roles:
                continue
            scope = EVERYWHERE if "" in namespaces else frozenset(namespaces)
            if (role, scope) not in cache:
                cache[role, scope] = [box for rule in roles[role] for box in rule_boxes(rule, scope)]
            boxes.update(dict.fromkeys(cache[role, scope]))
        if boxes:
            result[key] = tuple(boxes)
    return result


def implied_groups(key: Key) -> list[Key]:
    """The groups that an identity of this subject is always in, so that what they have is no news for it."""
    if key.is_group:
        return [] if key.name in (AUTHENTICATED, UNAUTHENTICATED) else [Key(True, AUTHENTICATED)]
    account = split_service_account(key.name)
    groups = list(service_account_groups(account[0])) if account else []
    if key.name == "system:anonymous":
        return [Key(True, UNAUTHENTICATED)]
    return [Key(True, group) for group in (*groups, AUTHENTICATED)]


def rule_boxes(rule: dict[str, Any], scope: frozenset[str]) -> list[Box]:
    """What one PolicyRule allows in namespaces (`EVERYWHERE`: in all and in the scope of the cluster)."""
    verbs = _values(rule.get("verbs"))
    if verbs.empty:
        return []
    boxes: list[Box] = []
    groups = _values(rule.get("apiGroups"))
    if not groups.empty:
        names = Values.of(verbatim(rule["resourceNames"])) if rule.get("resourceNames") else ANY
        namespaces = ANY if scope == EVERYWHERE else Values(scope)
        for resources, subresources in _resources(rule.get("resources") or []):
            boxes.append(ResourceBox(verbs, groups, resources, subresources, names, namespaces))
    if scope == EVERYWHERE:  # paths are never granted through a RoleBinding
        for pattern in rule.get("nonResourceURLs") or []:
            prefix = pattern.endswith("*")
            boxes.append(PathBox(verbs, pattern.rstrip("*") if prefix else pattern, prefix))
    return boxes


def _values(items: list[str] | None) -> Values:
    return ANY if "*" in (items or ()) else Values.of(items or ())


def _resources(items: list[str]) -> list[tuple[Values, Values]]:
    """The (resource, subresource) pairs of a rule's entries; equal subresources together."""
    if "*" in items:
        return [(ANY, ANY)]
    by_subresource: dict[str, set[str]] = defaultdict(set)
    pairs = []
    for item in items:
        resource, _, subresource = item.partition("/")
        if resource == "*" and subresource:
            pairs.append((ANY, Values.of([subresource])))
        else:
            by_subresource[subresource].add(resource)
    return pairs + [(Values.of(names), Values.of([sub])) for sub, names in sorted(by_subresource.items())]
