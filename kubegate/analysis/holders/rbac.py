"""Who may by RBAC: read from its index, each confirmed by the chain, in which an authorizer before it may deny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubegate.analysis.explain.misses.rbac import role_title, title
from kubegate.analysis.holders.model import Holder
from kubegate.analysis.holders.spared import Denials
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import Grant, who_can


def by_rbac(rbac: RbacAuthorizer, asked: Attributes, denials: Denials) -> Iterator[Holder]:
    """A holder for each subject of each binding that gives a role which allows."""
    for grant in who_can(rbac, asked):
        holder = _holder(rbac, grant)
        condition = denials.condition(holder)
        if condition is not None:
            yield replace(holder, condition=condition) if condition else holder


def _holder(rbac: RbacAuthorizer, grant: Grant) -> Holder:
    subject, binding = grant.subject, grant.binding
    kind = str(subject.get("kind"))
    namespace = str(subject.get("namespace") or binding.namespace) if kind == "ServiceAccount" else ""
    places = [rbac.locate(binding.object, f"subjects[{grant.position}]")]
    if binding.role.object is not None:
        places.append(rbac.locate(binding.role.object, f"rules[{grant.rule.index}]"))
    known = tuple(place for place in places if place is not None)
    name = str(subject.get("name") or "")
    return Holder(kind, namespace, name, title(binding), role_title(binding.role), str(grant.rule.index), known)
