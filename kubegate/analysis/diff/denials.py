"""What a Deny of an AccessPolicy reaches beyond the objects that it names: requests for many, which would show those too.

See `kubegate.authz.access.collections` for the rule itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from kubegate.analysis.diff.boxes import Box, ResourceBox, difference
from kubegate.analysis.diff.values import ANY, Values
from kubegate.api.catalog import builtin
from kubegate.authz.access.collections import COLLECTIONS

_MANY, _UNNAMED = Values.of(COLLECTIONS), Values.of([""])


def reached(box: ResourceBox) -> Iterator[Box]:
    """The box, and the requests for many objects that meet one of it: without a name, in all namespaces."""
    yield box
    many = replace(box, verbs=box.verbs & _MANY)
    if many.verbs.empty:
        return
    if not (_UNNAMED - box.names).empty:
        yield replace(many, names=_UNNAMED)
    if not (_UNNAMED - box.namespaces).empty:
        names = box.names if (_UNNAMED - box.names).empty else Values.of([*box.names.names, ""])
        yield from difference([replace(many, names=names, namespaces=_UNNAMED)], _cluster_scoped())


@cache
def _cluster_scoped() -> tuple[Box, ...]:
    """The built-in kinds that are in no namespace."""
    found = {(resource.gvr.group, resource.gvr.resource) for resource in builtin() if not resource.namespaced}
    return tuple(
        ResourceBox(ANY, Values.of([group]), Values.of([resource]), ANY, ANY, ANY) for group, resource in sorted(found)
    )
