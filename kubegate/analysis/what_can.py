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
    verbs: dict[tuple[str | None, str, str | None, str | None], list[str]] = {}
    for rule in (*rules.resource_rules, *rules.non_resource_rules):
        for atom in atoms(rule):
            key = (atom.group, atom.resource, atom.name, atom.path)
            # kubectl puts the verbs of a resource together, but not those of a path.
            if atom.path is not None:
                key = (None, atom.verb, None, atom.path)
            verbs.setdefault(key, []).append(atom.verb)
    rows = [(_key(key, found), _row(key, list(dict.fromkeys(found)))) for key, found in verbs.items()]
    return [row for _, row in sorted(rows)]


def namespaced_rows(lists: Mapping[str, RuleList]) -> list[tuple[str, str, str, str, str]]:
    """The rows of several namespaces; what holds in all of them stands once, in namespace ``*``."""
    rows = {namespace: access_rows(rules) for namespace, rules in lists.items()}
    common = set.intersection(*(set(found) for found in rows.values())) if len(rows) > 1 else set()
    first = next(iter(rows.values()), [])
    result = [(EVERYWHERE, *row) for row in first if row in common]
    for namespace, found in rows.items():
        result += [(namespace, *row) for row in found if row not in common]
    return result


def _row(key: tuple[str | None, str, str | None, str | None], verbs: list[str]) -> Row:
    group, resource, name, path = key
    if path is not None:
        return "", f"[{path}]", "[]", _bracketed(verbs)
    return qualified(group or "", resource), "[]", f"[{name}]" if name is not None else "[]", _bracketed(verbs)


def qualified(group: str, resource: str) -> str:
    """``deployments.apps/scale``."""
    plain, slash, subresource = resource.partition("/")
    return f"{plain}.{group}{slash}{subresource}" if group else resource


def _bracketed(values: list[str]) -> str:
    return f"[{' '.join(values)}]"


def _key(key: tuple[str | None, str, str | None, str | None], verbs: list[str]) -> str:
    """What kubectl sorts by: the rule as a compact text."""
    group, resource, name, path = key
    if path is not None:
        return f'{{NonResourceURLs:["{path}"], Verbs:{_quoted(verbs)}}}'
    names = f', ResourceNames:["{name}"]' if name is not None else ""
    return f'{{APIGroups:["{group}"], Resources:["{resource}"]{names}, Verbs:{_quoted(verbs)}}}'


def _quoted(values: list[str]) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
