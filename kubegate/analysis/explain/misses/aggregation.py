"""Aggregated ClusterRoles in an explanation: the role that a rule comes from, which is the one to change."""

from __future__ import annotations

from kubegate.api.names import labels_of
from kubegate.authz.interface import Verdict
from kubegate.authz.rbac.bindings import Role
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import Rule
from kubegate.errors import Location
from kubegate.selectors.label_selector import from_object


def source_of(index: RbacAuthorizer, role: Role, rule: Rule) -> tuple[Role, Rule] | None:
    """The ClusterRole that an aggregated one has the rule of, and the rule there; None for roles that are not aggregated."""
    feeding, seen = _feeding(index, role, rule), {role.id}
    found = None
    while feeding is not None and feeding[0].id not in seen:
        found = feeding
        seen.add(found[0].id)
        feeding = _feeding(index, *found)
    return found


def _feeding(index: RbacAuthorizer, role: Role, rule: Rule) -> tuple[Role, Rule] | None:
    selectors = [
        from_object(selector)
        for selector in ((role.object or {}).get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
    ]
    others = (other for other in index.roles() if other is not role and other.table is not None and not other.id.namespace)
    for other in others if selectors else ():
        if any(selector.matches(labels_of(other.object or {})) for selector in selectors):
            for same in other.table.rules if other.table is not None else ():
                if same.source == rule.source:
                    return other, same
    return None


def aggregated_from(index: RbacAuthorizer, verdict: Verdict) -> tuple[str, tuple[Location, ...]]:
    """Said of an ALLOW: ``aggregated from ClusterRole part, rule 0``, and where that stands; ("", ()) for others."""
    details = dict(verdict.determined_by.details) if verdict.determined_by is not None else {}
    wanted = details.get("role") or {}
    if wanted.get("kind") != "ClusterRole":
        return "", ()
    role = next((role for role in index.roles() if role.id == (wanted["kind"], "", wanted["name"])), None)
    if role is None or role.table is None:
        return "", ()
    rule = next((rule for rule in role.table.rules if rule.index == details["ruleIndex"]), None)
    source = source_of(index, role, rule) if rule is not None else None
    if source is None or source[0].object is None:
        return "", ()
    place = index.locate(source[0].object, f"rules[{source[1].index}]")
    return f"aggregated from ClusterRole {source[0].id.name}, rule {source[1].index}", (place,) if place else ()
