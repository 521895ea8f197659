"""Requests that name no namespace or no object meet all of them: also those that a Deny is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubegate.api.catalog import builtin
from kubegate.authz.interface import Attributes

COLLECTIONS = frozenset({"list", "watch", "deletecollection"})
"""Verbs of requests that need not name an object."""


def of_many(attributes: Attributes) -> bool:
    """Whether the request is about objects without naming one."""
    return attributes.verb in COLLECTIONS and not attributes.name


def meets(attributes: Attributes, namespaces: Sequence[str], holds_in: Callable[[str], bool]) -> bool:
    """Whether a request over all namespaces meets objects in some of ``namespaces`` (patterns; ``holds_in`` matches them).

    It does unless it selects others by ``metadata.namespace``. A kind that is not built in may be namespaced."""
    if attributes.namespace or attributes.verb not in COLLECTIONS:
        return False
    known = builtin().preferred(attributes.group, attributes.resource)
    if known is not None and not known.namespaced:
        return False
    for requirement in attributes.field_requirements or ():
        if requirement.key != "metadata.namespace":
            continue
        if requirement.operator == "In" and not any(map(holds_in, requirement.values)):
            return False
        if requirement.operator == "NotIn" and set(namespaces) <= set(requirement.values):
            return False
    return True
