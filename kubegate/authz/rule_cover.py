"""Do some rules cover others? And the rules that are left over, as messages show them.

Source: k8s.io/component-helpers ``auth/rbac/validation`` (Covers), kubernetes ``pkg/registry/rbac/validation``
(CompactRules), ``pkg/apis/rbac/v1`` (CompactString).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kubegate.api.go import quoted_list

Rule = Mapping[str, Any]


class Atom(NamedTuple):
    """The smallest part of a rule: one verb on one resource of one group (and one name), or on one path."""

    verb: str
    group: str | None = None
    resource: str = ""
    name: str | None = None
    path: str | None = None


def uncovered(owned: Iterable[Rule], wanted: Iterable[Rule]) -> list[Atom]:
    """The atoms of ``wanted`` that no single rule of ``owned`` covers."""
    owners = list(owned)
    return [atom for rule in wanted for atom in atoms(rule) if not any(covers(owner, atom) for owner in owners)]


def atoms(rule: Rule) -> Iterator[Atom]:
    """A rule in its smallest parts."""
    verbs = rule.get("verbs") or ()
    names: Sequence[str | None] = rule.get("resourceNames") or (None,)
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                for name in names:
                    yield Atom(verb, group, resource, name)
    for path in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield Atom(verb, path=path)


def covers(owner: Rule, atom: Atom) -> bool:
    """Does one rule allow all that an atom allows?"""
    if not _has(owner.get("verbs"), atom.verb):
        return False
    if atom.path is not None:
        return any(_covers_path(own, atom.path) for own in owner.get("nonResourceURLs") or ())
    if atom.group is None or not _has(owner.get("apiGroups"), atom.group):
        return False
    names = owner.get("resourceNames") or ()
    return _covers_resource(owner.get("resources") or (), atom.resource) and (not names or atom.name in names)


def _has(owned: Sequence[str] | None, wanted: str) -> bool:
    return bool(owned) and ("*" in owned or wanted in owned)  # type: ignore[operator]  # it is not None here


def _covers_resource(owned: Sequence[str], wanted: str) -> bool:
    if "*" in owned or wanted in owned:
        return True
    _, slash, subresource = wanted.partition("/")
    return bool(slash) and f"*/{subresource}" in owned


def _covers_path(owned: str, wanted: str) -> bool:
    return owned == wanted or (owned.endswith("*") and wanted.startswith(owned.rstrip("*")))


def describe(missing: Iterable[Atom]) -> list[str]:
    """What is missing, as texts, sorted, each once; the verbs of one resource (and name) together."""
    texts: set[str] = set()
    together: dict[tuple[str, str, str | None], list[str]] = {}
    for atom in missing:
        if atom.path is not None:
            texts.add(_text(("NonResourceURLs", [atom.path]), ("Verbs", [atom.verb])))
        else:
            together.setdefault((atom.group or "", atom.resource, atom.name), []).append(atom.verb)
    for (group, resource, name), verbs in together.items():
        names = [("ResourceNames", [name])] if name is not None else []
        texts.add(_text(("APIGroups", [group]), ("Resources", [resource]), *names, ("Verbs", verbs)))
    return sorted(texts)


def _text(*fields: tuple[str, list[str]]) -> str:
    return "{" + ", ".join(f"{name}:{quoted_list(values)}" for name, values in fields) + "}"
