"""Requests without a namespace or a name, and questions about everything, meet all of it: what a Deny is about, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kubegate.api.catalog import builtin
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.rules import Rule

ALL = "*"
"""In a question (``can-i '*' '*'``): every verb, group or resource."""
COLLECTIONS = frozenset({"list", "watch", "deletecollection"})
"""Verbs of requests that need not name an object. They alone carry selectors."""
UNNAMED = COLLECTIONS | {"get", "update", "patch", "delete", ALL}
"""Verbs that are about all objects when none is named. (What is to be created has no name yet when it is decided.)"""
NAMESPACES = ("", "namespaces")
"""Group and resource of namespaces, whose objects are in themselves, as it were: their name decides."""


def of_many(attributes: Attributes) -> bool:
    """Whether the request is about objects without naming one."""
    return attributes.verb in UNNAMED and not attributes.name


def is_about(rule: Rule, attributes: Attributes) -> bool:
    """Whether a rule's verbs, groups and resources are among those that are asked about."""
    verbs, groups = rule.verbs, rule.groups
    if verbs is not None and attributes.verb not in (*verbs, ALL):
        return False
    if not attributes.is_resource:
        return True
    if groups is not None and attributes.group not in (*groups, ALL):
        return False
    return attributes.resource != ALL or any(_within_all(named, attributes) for named in rule.source["resources"])


def _within_all(named: str, attributes: Attributes) -> bool:
    """Is a rule's resource among all of them, or all with a subresource?"""
    if not attributes.subresource or named == ALL:
        return True
    return named.partition("/")[2] == attributes.subresource


def meets(attributes: Attributes, namespaces: Sequence[str], holds_in: Callable[[str], bool]) -> bool:
    """Whether a request meets objects in some of ``namespaces`` (patterns; ``holds_in`` matches them).

    One over all namespaces does unless it selects others. A kind that is not built in may be in namespaces: its collections
    meet them."""
    if (attributes.group, attributes.resource) == NAMESPACES and (attributes.name or of_many(attributes)):
        # What a review says of the namespace that a namespace is in means nothing.
        if attributes.name:
            return holds_in(attributes.name)
        return not _left_out("metadata.name", attributes, namespaces, holds_in)
    if attributes.namespace or holds_in(""):
        return holds_in(attributes.namespace)
    return _may_be_namespaced(attributes) and not _left_out("metadata.namespace", attributes, namespaces, holds_in)


def _may_be_namespaced(attributes: Attributes) -> bool:
    if attributes.resource == ALL:
        return True
    known = builtin().preferred(attributes.group, attributes.resource)
    return attributes.verb in COLLECTIONS if known is None else known.namespaced


def _left_out(key: str, attributes: Attributes, namespaces: Sequence[str], holds_in: Callable[[str], bool]) -> bool:
    """Whether the request selects only objects with other values of a field. A pattern is not left out by any values."""
    excluded: set[str] = set()
    for operator, values in _selected(key, attributes):
        if operator == "In" and not any(map(holds_in, values)):
            return True
        if operator == "NotIn":
            excluded.update(values)
    return not any("*" in pattern for pattern in namespaces) and set(namespaces) <= excluded


def _selected(key: str, attributes: Attributes) -> Iterator[tuple[str, tuple[str, ...]]]:
    if attributes.verb in COLLECTIONS:
        for requirement in attributes.field_requirements or ():
            if requirement.key == key:
                yield requirement.operator, requirement.values
