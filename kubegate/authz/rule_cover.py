"""Do some rules cover others? And the rules that are left over, as messages show them.

Source: k8s.io/component-helpers ``auth/rbac/validation`` (Covers), kubernetes ``pkg/registry/rbac/validation``
(CompactRules), ``pkg/apis/rbac/v1`` (CompactString).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
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

    @property
    def rule(self) -> dict[str, list[str]]:
        """The PolicyRule that says no more than this."""
        if self.path is not None:
            return {"verbs": [self.verb], "nonResourceURLs": [self.path]}
        names = {} if self.name is None else {"resourceNames": [self.name]}
        return {"verbs": [self.verb], "apiGroups": [self.group or ""], "resources": [self.resource], **names}


def uncovered(owned: Iterable[Rule], wanted: Iterable[Rule]) -> list[Atom]:
    """The atoms of ``wanted`` that no single rule of ``owned`` covers."""
    cover = Cover(owned)
    return [atom for rule in wanted for atom in atoms(rule) if not cover.has(atom)]


class Cover:
    """What some rules allow, looked up by group, resource and name: an atom is a point, so it does not matter which of them
    allows it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._verbs: dict[tuple[str, str, str | None], set[str]] = {}
        self._paths: dict[str, set[str]] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._wide: list[Rule] = []
        for rule in rules:
            verbs, groups, resources = (rule.get(key) or () for key in ("verbs", "apiGroups", "resources"))
            names: Sequence[str | None] = rule.get("resourceNames") or (None,)
            if len(groups) * len(resources) * len(names) > _MOST_KEYS:
                self._wide.append(rule)
                continue
            for key in product(groups, resources, names):
                self._verbs.setdefault(key, set()).update(verbs)
            for path in rule.get("nonResourceURLs") or ():
                self._paths.setdefault(path, set()).update(verbs)
                if path.endswith("*"):
                    self._prefixes.setdefault(path.rstrip("*"), set()).update(verbs)

    def has(self, atom: Atom) -> bool:
        """Does one of the rules allow it?"""
        held: Iterable[set[str] | None]
        if atom.path is None:
            held = map(self._verbs.get, _keys(atom))
        else:
            starts = (self._prefixes.get(atom.path[:end]) for end in range(len(atom.path) + 1))
            held = (self._paths.get(atom.path), *starts)
        return any(_has(verbs, atom.verb) for verbs in held) or any(covers(rule, atom) for rule in self._wide)


_MOST_KEYS = 10_000
"""A rule of more combinations is not looked up but asked."""


def _keys(atom: Atom) -> Iterator[tuple[str, str, str | None]]:
    """Where what covers it stands."""
    _, slash, subresource = atom.resource.partition("/")
    resources = ("*", atom.resource, f"*/{subresource}") if slash else ("*", atom.resource)
    names = (None,) if atom.name is None else (None, atom.name)
    return product(("*", atom.group or ""), resources, names)


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


def _has(owned: Collection[str] | None, wanted: str) -> bool:
    return owned is not None and ("*" in owned or wanted in owned)


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
