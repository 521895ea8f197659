"""Requests that tell a mutant from its original: what a test that kills it would ask.

Rather than any value that fits, those are tried first that people know: ``delete secrets``, not ``other other``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from kubegate.analysis.diff.boxes import Box, ResourceBox
from kubegate.analysis.diff.compare import compare
from kubegate.analysis.diff.values import Values
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

_KNOWN = {
    "verbs": ("get", "list", "delete", "create"),
    "groups": ("", "apps", "extensions"),
    "resources": ("pods", "secrets", "deployments", "nodes"),
    "subresources": ("", "log", "status"),
    "names": ("", "other"),
    "namespaces": ("default", "other", ""),
}
_LIMIT = 3
"""How many values of a dimension are tried."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request as a suite would have it."""

    user: str
    groups: tuple[str, ...]
    namespace: str
    request: str


def rbac_examples(before: Iterable[Object], after: Iterable[Object]) -> Iterator[Example] | None:
    """Candidates, the least change first; None if no request at all is decided differently."""
    changes = compare(before, after)
    if not changes:
        return None
    return (
        example
        for change in changes
        for example in box_examples(change.box, change.example.user.name, change.example.user.groups)
    )


def box_examples(box: Box, user: str, groups: tuple[str, ...], namespaces: Iterable[str] = ()) -> Iterator[Example]:
    """Some requests of a box."""
    if not isinstance(box, ResourceBox):
        asked = box.example(User(user))
        yield Example(user, groups, "default", f"{_some(box.verbs, 'verbs')[0]} {asked.path}")
        return
    scopes = list(namespaces) or _some(box.namespaces, "namespaces")
    dimensions = [_some(getattr(box, field), field) for field in ("resources", "groups", "verbs", "subresources", "names")]
    for resource, group, verb, subresource, name in product(*dimensions):
        for namespace in scopes:
            asked = Attributes(User(user), verb, True, group, "*", resource, subresource, namespace, name)
            yield Example(user, groups, namespace, request_text(asked))


def request_text(asked: Attributes) -> str:
    """``get deployments.apps/scale web``."""
    what = asked.resource + (f".{asked.group}" if asked.group else "")
    what += f"/{asked.subresource}" if asked.subresource else ""
    return " ".join(word for word in (asked.verb, what, asked.name) if word)


def _some(values: Values, field: str) -> list[str]:
    known = [name for name in _KNOWN[field] if (name in values.names) is not values.others]
    return (known or sorted(values.names)[:_LIMIT] or [values.example()])[:_LIMIT]
