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
from kubegate.authz.access.collections import COLLECTIONS, NAMESPACES, UNNAMED

_COLLECTIONS, _ALL_OF_THEM, _NONE = Values.of(COLLECTIONS), Values.of(UNNAMED), Values.of([""])
_GROUP, _RESOURCE = (Values.of([text]) for text in NAMESPACES)


def reached(box: ResourceBox, named: Values) -> Iterator[Box]:
    """The box, and the requests for many objects that meet one of it: without a name, in all namespaces. ``named``: the
    names of the namespaces that the box is about."""
    yield box
    many, unnamed = (replace(box, verbs=box.verbs & verbs) for verbs in (_COLLECTIONS, _ALL_OF_THEM))
    if not unnamed.verbs.empty and not (_NONE - box.names).empty:
        yield replace(unnamed, names=_NONE)
    if (_NONE - box.namespaces).empty:
        return
    if not many.verbs.empty:
        names = box.names if (_NONE - box.names).empty else Values.of([*box.names.names, ""])
        yield from difference([replace(many, names=names, namespaces=_NONE)], _cluster_scoped())
    of_namespaces = replace(box, groups=box.groups & _GROUP, resources=box.resources & _RESOURCE, namespaces=_NONE)
    if not (of_namespaces.groups.empty or of_namespaces.resources.empty):
        yield replace(of_namespaces, verbs=unnamed.verbs, names=_NONE)
        yield replace(of_namespaces, names=box.names & named)


@cache
def _cluster_scoped() -> tuple[Box, ...]:
    """The built-in kinds that are in no namespace."""
    found = {(resource.gvr.group, resource.gvr.resource) for resource in builtin() if not resource.namespaced}
    return tuple(
        ResourceBox(ANY, Values.of([group]), Values.of([resource]), ANY, ANY, ANY) for group, resource in sorted(found)
    )
