"""Ownership after an update and after an apply, conflicts between appliers, and removal of what nobody wants any more.

Source: structured-merge-diff ``merge.Updater``. Sets of managers that wrote another version are read as if their paths meant
the same in this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.api.apply.compare import Comparison, compare, field_set
from kubegate.api.apply.field_set import FieldSet, Path
from kubegate.api.apply.managers import Managed, ManagerKey, Owned, names, set_fields
from kubegate.api.apply.merge import merge, remove, with_named_fields
from kubegate.api.apply.shape import Shape
from kubegate.errors import KubegateError


@dataclass(frozen=True, slots=True)
class OwnershipConflict:
    """A field that another manager owns."""

    manager: ManagerKey
    path: Path


class ApplyConflicts(KubegateError):
    """An apply without force would change fields of others."""

    code = "apply-conflicts"

    def __init__(self, conflicts: list[OwnershipConflict]) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts


def _take_over(comparison: Comparison, managed: Managed, mine: ManagerKey, *, force: bool) -> None:
    changed = comparison.changed
    conflicts = {key: both for key, owned in managed.items() if key != mine and (both := owned.fields & changed)}
    if conflicts and not force:
        found = [OwnershipConflict(key, path) for key in names(conflicts) for path in conflicts[key].paths()]
        raise ApplyConflicts(found)
    for key in [key for key in managed if key != mine]:
        fields = managed[key].fields
        if key in conflicts:
            fields = fields - conflicts[key]
        set_fields(managed, key, fields - comparison.removed)


def update(
    shape: Shape, live: Any, new: Any, managed: Managed, mine: ManagerKey, version: str, ignored: FieldSet
) -> Managed:
    """Ownership after ``live`` became ``new``: the manager owns what changed. Raises `BadItem`."""
    managed = dict(managed)
    comparison = compare(shape, live, new).without(ignored)
    _take_over(comparison, managed, mine, force=True)
    before = managed.get(mine)
    fields = ((before.fields if before else FieldSet()) | comparison.changed) - comparison.removed
    managed[mine] = Owned(fields, version, before.time if before else "")
    set_fields(managed, mine, fields)
    return managed


def apply(
    shape: Shape,
    live: Any,
    config: Any,
    managed: Managed,
    mine: ManagerKey,
    version: str,
    ignored: FieldSet,
    *,
    force: bool,
) -> tuple[Any, Managed]:
    """The object after an apply, and its ownership; raises `ApplyConflicts`, `BadItem`."""
    managed = dict(managed)
    merged = merge(shape, live, config)
    last = managed.get(mine)
    fields = field_set(shape, config).without(ignored)
    managed[mine] = Owned(fields, version, last.time if last else "")
    if last and last.fields:
        merged = _prune(shape, merged, managed, last.fields)
    comparison = compare(shape, live, merged).without(ignored)
    _take_over(comparison, managed, mine, force=force)
    set_fields(managed, mine, fields)
    return merged, managed


def _prune(shape: Shape, merged: Any, managed: Managed, last: FieldSet) -> Any:
    """Take out what this applier set before, does not set now, and nobody else owns."""
    last = with_named_fields(shape, last)
    pruned = remove(shape, merged, last)
    everyone = FieldSet()
    for owned in managed.values():
        everyone |= owned.fields
    everyone = with_named_fields(shape, everyone)
    all_fields = with_named_fields(shape, field_set(shape, merged))
    kept = with_named_fields(shape, field_set(shape, pruned))
    pruned = remove(shape, merged, all_fields - (kept | everyone))
    kept = with_named_fields(shape, field_set(shape, pruned))
    return remove(shape, merged, (all_fields - kept) & last)
