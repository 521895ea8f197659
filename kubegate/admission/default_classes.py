"""Which of several classes marked as default is the default."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubegate.api.names import Object, annotations_of, name_of


def newest_default(classes: Iterable[Object], marks: Sequence[str]) -> Object | None:
    """The newest class that carries one of the annotations ``marks`` as ``true``; of equal age the first by name."""
    marked = [found for found in classes if any(annotations_of(found).get(mark) == "true" for mark in marks)]
    by_name = sorted(marked, key=name_of)
    return max(by_name, key=_created, default=None)


def _created(obj: Object) -> str:
    return str((obj.get("metadata") or {}).get("creationTimestamp") or "")
