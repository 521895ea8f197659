"""What a Deny of an AccessPolicy reaches beyond the objects that it names: requests for many, which would show those too.

See `kubegate.authz.access.collections` for the rule itself. Questions that are no requests (may they get a pod in all
namespaces at once?) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from kubegate.analysis.diff.boxes import Box, ResourceBox, difference
from kubegate.analysis.diff.values import ANY, Values
from kubegate.api.catalog import builtin
from kubegate.authz.access.collections import ALL, COLLECTIONS, NAMESPACES, UNNAMED

_COLLECTIONS, _ALL_OF_THEM, _NONE = Values.of(COLLECTIONS), Values.of(UNNAMED - {ALL}), Values.of([""])
_GROUP, _RESOURCE = (Values.of([text]) for text in NAMESPACES)
_NAMESPACE_KIND = ResourceBox(ANY, _GROUP, _RESOURCE, ANY, ANY, ANY)


def reached(box: ResourceBox, named: Values) -> Iterator[Box]:
    """What a Deny of the box reaches. ``named``: the names of the namespaces that the box is about."""
    if (_NONE - box.namespaces).empty:
        yield box
        yield from _unnamed(box)
        return
    for part in difference([box], [_NAMESPACE_KIND]):
        yield part
        if isinstance(part, ResourceBox):
            yield from _unnamed(part)
    yield from _in_all_namespaces(box)
    kind = replace(box, groups=box.groups & _GROUP, resources=box.resources & _RESOURCE)
    if not (kind.groups.empty or kind.resources.empty):
        yield from _of_namespaces(kind, named)


def _unnamed(box: ResourceBox) -> Iterator[Box]:
    """The requests that name no object, and meet one of the box."""
    verbs = box.verbs & _ALL_OF_THEM
    if not verbs.empty and not (_NONE - box.names).empty:
        yield replace(box, verbs=verbs, names=_NONE)


def _in_all_namespaces(box: ResourceBox) -> Iterator[Box]:
    many = replace(box, verbs=box.verbs & _COLLECTIONS, namespaces=_NONE)
    if not many.verbs.empty:
        names = box.names if (_NONE - box.names).empty else Values.of([*box.names.names, ""])
        yield from difference([replace(many, names=names)], _cluster_scoped())


def _of_namespaces(kind: ResourceBox, named: Values) -> Iterator[Box]:
    """Namespaces are in themselves, as it were."""
    yield replace(kind, names=kind.names & named, namespaces=ANY)
    all_of_them = replace(kind, verbs=kind.verbs & _ALL_OF_THEM, names=_NONE, namespaces=ANY)
    if not all_of_them.verbs.empty:
        yield all_of_them
    if (_NONE - kind.names).empty:
        yield replace(kind, names=_NONE)


@cache
def _cluster_scoped() -> tuple[Box, ...]:
    """The built-in kinds that are in no namespace."""
    found = {(resource.gvr.group, resource.gvr.resource) for resource in builtin() if not resource.namespaced}
    return tuple(
        ResourceBox(ANY, Values.of([group]), Values.of([resource]), ANY, ANY, ANY) for group, resource in sorted(found)
    )
