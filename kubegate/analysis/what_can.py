"""What somebody may do, as ``can-i --list`` shows it: one row a resource (and name), its verbs together.

Source: kubectl ``auth can-i --list``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.authz.interface import RuleList
from kubegate.authz.rule_cover import atoms

EVERYWHERE = "*"
"""Stands for the namespace of rights that hold in all of them."""

Row = tuple[str, str, str, str]
"""Resources, non-resource URLs, resource names, verbs."""


def access_rows(rules: RuleList) -> list[Row]:
    """The rows of a list of rules, in kubectl's order."""
    verbs: dict[tuple[str, str, str | None], list[str]] = {}
    rows: list[tuple[str, Row]] = []
    for atom in (atom for rule in (*rules.resource_rules, *rules.non_resource_rules) for atom in atoms(rule)):
        if atom.path is not None:
            # kubectl puts the verbs of a resource together, but not those of a path, which each rule gives anew.
            rows.append((_key([atom.verb], path=atom.path), ("", f"[{atom.path}]", "[]", f"[{atom.verb}]")))
        else:
            verbs.setdefault((atom.group or "", atom.resource, atom.name), []).append(atom.verb)
    for (group, resource, name), found in verbs.items():
        together = list(dict.fromkeys(found))
        names = "[]" if name is None else f"[{name}]"
        row = (qualified(group, resource), "[]", names, f"[{' '.join(together)}]")
        rows.append((_key(together, group, resource, names), row))
    return [row for _, row in sorted(rows)]


def namespaced_rows(lists: Mapping[str, RuleList]) -> list[tuple[str, str, str, str, str]]:
    """The rows of several namespaces; what holds in all of them stands once, in namespace ``*``."""
    rows = {namespace: access_rows(rules) for namespace, rules in lists.items()}
    common = set.intersection(*(set(found) for found in rows.values())) if len(rows) > 1 else set()
    first = next(iter(rows.values()), [])
    result = [(EVERYWHERE, *row) for row in first if row in common]
    for namespace, found in rows.items():
        result += [(namespace, *row) for row in found if row not in common]
    return list(dict.fromkeys(result))


def qualified(group: str, resource: str) -> str:
    """``deployments.apps/scale``."""
    plain, slash, subresource = resource.partition("/")
    return f"{plain}.{group}{slash}{subresource}" if group else resource


def _key(verbs: list[str], group: str = "", resource: str = "", names: str = "[]", path: str = "") -> str:
    """What kubectl sorts by: the rule as Go's ``PolicyRule.String`` writes it."""
    return f"Verbs:[{' '.join(verbs)}],APIGroups:[{group}],Resources:[{resource}],ResourceNames:{names},URLs:[{path}]"
