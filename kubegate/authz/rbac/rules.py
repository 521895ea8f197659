"""Policy rules, compiled: what one rule of a role allows, and a role as a table by resource.

Only a whole ``*`` is a wildcard, besides ``*/SUBRESOURCE`` for resources and a trailing ``*`` for paths; letter case counts.
Source: kubernetes ``pkg/apis/rbac/v1/evaluation_helpers.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from kubegate.authz.interface import Attributes

EMPTY: frozenset[str] = frozenset()


class Rule:
    """One PolicyRule. ``verbs`` and ``groups`` are None for ``*``, ``names`` is None where the rule names nothing."""

    __slots__ = ("groups", "index", "names", "source", "verbs")

    def __init__(self, index: int, source: Mapping[str, Any]) -> None:
        self.index = index
        self.source = source
        self.verbs = _or_any(source.get("verbs"))
        self.groups = _or_any(source.get("apiGroups"))
        names = source.get("resourceNames")
        self.names: frozenset[str] | None = _shared(tuple(names)) if names else None

    def allows_resource(self, verb: str, group: str, name: str) -> bool:
        """Does the rule allow the verb, given that one of its resources matched?"""
        return (
            (self.verbs is None or verb in self.verbs)
            and (self.groups is None or group in self.groups)
            and (self.names is None or name in self.names)
        )

    def allows_verb(self, verb: str) -> bool:
        """The only condition besides the path of a non-resource rule."""
        return self.verbs is None or verb in self.verbs


def _or_any(values: Any) -> frozenset[str] | None:
    return None if values and "*" in values else _shared(tuple(values or ()))


@lru_cache(maxsize=4096)
def _shared(values: tuple[str, ...]) -> frozenset[str]:
    """Equal sets are one object: few sets of verbs serve thousands of rules, and stay in the processor's cache."""
    return frozenset(values)


class RoleTable:
    """The rules of one role by what they name: resources, exact paths, beginnings of paths."""

    __slots__ = ("paths", "prefix_lengths", "prefixes", "resources", "rules")

    def __init__(self, rules: Iterable[Mapping[str, Any]]) -> None:
        self.rules = tuple(Rule(index, rule) for index, rule in enumerate(rules))
        self.resources: dict[str, tuple[Rule, ...]] = {}
        self.paths: dict[str, tuple[Rule, ...]] = {}
        self.prefixes: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            for resource in rule.source.get("resources") or ():
                _add(self.resources, resource, rule)
            for path in rule.source.get("nonResourceURLs") or ():
                if path.endswith("*"):
                    _add(self.prefixes, path.rstrip("*"), rule)
                else:
                    _add(self.paths, path, rule)
        self.prefix_lengths = tuple(sorted({len(prefix) for prefix in self.prefixes}))

    def for_resource(self, resource: str, subresource: str) -> Iterator[Rule]:
        """The rules that name ``resource`` (``pods/log`` with its subresource), ``*`` or ``*/subresource``."""
        for key in resource_keys(resource, subresource):
            yield from self.resources.get(key, ())

    def for_path(self, path: str) -> Iterator[Rule]:
        """The rules whose nonResourceURLs cover ``path``."""
        yield from self.paths.get(path, ())
        for length in self.prefix_lengths:
            yield from self.prefixes.get(path[:length], ())

    def find(self, attributes: Attributes) -> Rule | None:
        """The first rule found that allows the request."""
        if attributes.is_resource:
            resource, subresource = full_resource(attributes), attributes.subresource
            for rule in self.for_resource(resource, subresource):
                if rule.allows_resource(attributes.verb, attributes.group, attributes.name):
                    return rule
            return None
        return next((rule for rule in self.for_path(attributes.path) if rule.allows_verb(attributes.verb)), None)


def _add(table: dict[str, tuple[Rule, ...]], key: str, rule: Rule) -> None:
    found = table.get(key, ())
    if not found or found[-1] is not rule:
        table[key] = (*found, rule)


def full_resource(attributes: Attributes) -> str:
    """``pods`` or ``pods/log``: how rules name it."""
    return f"{attributes.resource}/{attributes.subresource}" if attributes.subresource else attributes.resource


def resource_keys(resource: str, subresource: str) -> tuple[str, ...]:
    """The entries of a rule's resources that cover ``resource`` (already with its subresource)."""
    return (resource, "*", "*/" + subresource) if subresource else (resource, "*")
