"""Mutants of what Pod Security asks of a namespace: a level lowered, or not asked at all."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.admission.pod_security.levels import MODES, PREFIX
from kubegate.analysis.mutation.operators.edit import Edit, removed, replaced
from kubegate.api.names import Object, labels_of

_LOWER = {"restricted": "baseline", "baseline": "privileged"}


def namespace_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of the labels of a Namespace."""
    labels = labels_of(obj)
    for mode in MODES:
        level, path = labels.get(PREFIX + mode), ("metadata", "labels", PREFIX + mode)
        if level in _LOWER:
            yield Edit("Pod Security lowered", path, replaced(obj, path, _LOWER[level]))
        if level == "restricted":
            yield Edit("Pod Security removed", path, removed(obj, path))
