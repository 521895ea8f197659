"""The rules of all roles by the resource that they name.

A decision looks its resource up once, whatever number of roles the asker has, and then each role among those that name it.
Tables by resource are few and asked for all the time, so that they stay in the processor's cache where a table in each role
would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.rules import Rule

if TYPE_CHECKING:
    from kubegate.authz.rbac.bindings import Role

Table = Mapping["Role", tuple[Rule, ...]]
"""The rules of each role that name one resource."""


class RulesByResource:
    """Tables by resource as rules name them: ``pods``, ``pods/log``, ``*/log``, ``*``.

    Readers take no lock. What replaces a role's rules is put in before what is gone is taken out, so that a reader may see
    both for a moment but never neither in one table; who looks into several tables must look again if a change came between.
    """

    def __init__(self) -> None:
        self._tables: dict[str, dict[Role, tuple[Rule, ...]]] = {}

    def tables_of(self, attributes: Attributes) -> list[Table]:
        """The tables with rules that cover the resource, or some of its."""
        get, subresource = self._tables.get, attributes.subresource
        if subresource:
            found = get(f"{attributes.resource}/{subresource}"), get("*"), get(f"*/{subresource}")
            return [table for table in found if table]
        exact, anything = get(attributes.resource), get("*")
        if exact is None:
            return [] if anything is None else [anything]
        return [exact] if anything is None else [exact, anything]

    def publish(self, role: Role, resources: Mapping[str, tuple[Rule, ...]]) -> None:
        """Make ``resources`` the rules of a role."""
        old, role.published = role.published, resources
        if old is resources:
            return
        for resource, rules in resources.items():
            table = self._tables.get(resource)
            if table is None:
                self._tables[resource] = {role: rules}
            else:
                table[role] = rules
        for resource in old:
            if resource not in resources:
                del self._tables[resource][role]
                if not self._tables[resource]:
                    del self._tables[resource]
