"""Who may do something, and through what: the index read from the side of the roles.

First the roles with a rule that allows the request are found (each is one look-up in its table), then the bindings of those
roles that count in the request's scope, then their subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, describe_subject
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import Rule


@dataclass(frozen=True, slots=True)
class Grant:
    """One subject of one binding, and the rule that allows it."""

    subject: Mapping[str, Any]
    binding: Binding
    rule: Rule
    position: int

    @property
    def description(self) -> str:
        """``User "u"`` as reasons name it."""
        return describe_subject(self.subject, self.binding.namespace)


def who_can(index: RbacAuthorizer, attributes: Attributes) -> list[Grant]:
    """Every grant that allows the request, whoever asks (``attributes.user`` plays no part).

    With a namespace, bindings of the cluster and of that namespace count; without, those of the cluster only. Sorted by
    subject, then binding; members of system:masters are not among them.
    """
    namespace = attributes.namespace if attributes.is_resource else ""
    grants = []
    for role in index.roles():
        if role.table is None or not role.bindings or (role.id.namespace and role.id.namespace != namespace):
            continue
        rule = role.table.find(attributes)
        if rule is None:
            continue
        for binding in list(role.bindings.values()):
            if not binding.namespace or binding.namespace == namespace:
                grants += [
                    Grant(subject, binding, rule, position)
                    for position, subject in enumerate(binding.subjects)
                    if binding.keys[position] is not None
                ]
    return sorted(grants, key=_order)


def _order(grant: Grant) -> tuple[str, str, str, str, str]:
    subject = grant.subject
    name, namespace = str(subject.get("name")), str(subject.get("namespace") or grant.binding.namespace)
    return str(subject.get("kind")), namespace, name, grant.binding.namespace, grant.binding.name
