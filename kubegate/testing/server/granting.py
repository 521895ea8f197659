"""What somebody must hold who writes roles and bindings: the rules that the roles grant, and ``bind`` of the roles bound.

Source: see `authz.escalation`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.analysis.explain.suggest import subject_of
from kubegate.analysis.learn.roles import learned_name, pair
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.escalation import BINDINGS, FULL_AUTHORITY, GROUP, ROLES
from kubegate.testing.server.needs import Need

Rule = dict[str, list[str]]


def is_granting(group: str, resource: str, subresource: str, verb: str) -> bool:
    """Whether such a request writes a role or binding."""
    writes = verb in ("create", "update", "patch") and not subresource
    return writes and group == GROUP and resource in (*ROLES, *BINDINGS)


def granting_roles(needs: Iterable[Need]) -> list[Object]:
    """A role and its binding for each user and namespace in which the user grants something."""
    held: dict[tuple[User, str], list[Rule]] = {}
    for need in needs:
        if need.granting is None:
            continue
        rules = held.setdefault((need.attributes.user, need.attributes.namespace), [])
        rules += [rule for rule in _held(need.granting, need.attributes.resource) if rule not in rules]
    objects: list[Object] = []
    for (user, namespace), rules in held.items():
        subject = subject_of(user)
        if subject is not None and rules:
            kind = "Role" if namespace else "ClusterRole"
            objects += pair(kind, f"{learned_name(user)}-grants", namespace, rules, subject)
    return objects


def _held(obj: Object, resource: str) -> list[Rule]:
    if resource in ROLES:
        gathers = [dict(rule) for rule in FULL_AUTHORITY] if obj.get("aggregationRule") else []
        return [*gathers, *(dict(rule) for rule in obj.get("rules") or ())]
    ref = obj.get("roleRef") or {}
    kind, name = str(ref.get("kind") or ""), str(ref.get("name") or "")
    return [{"apiGroups": [GROUP], "resources": [f"{kind.lower()}s"], "verbs": ["bind"], "resourceNames": [name]}]
