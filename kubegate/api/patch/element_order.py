"""The order of a merged list: patch items in the patch's order, the others where they stood.

Source: apimachinery ``pkg/util/strategicpatch`` (normalizeElementOrder).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.patch.errors import PatchDoesNotApply, PatchError
from kubegate.api.patch.go_print import go_print


def merge_key_of(item: Any, merge_key: str) -> Any:
    """What identifies an item: its merge key's value, or (no merge key) itself; raises `PatchError` if it has none."""
    if not merge_key:
        return item
    if not isinstance(item, dict):
        raise PatchError("expected a map[string]interface {}, but received another type")
    if merge_key not in item:
        raise PatchError(f"map: {go_print(item)} does not contain declared merge key: {merge_key}")
    return item[merge_key]


def find(items: list[Any], merge_key: str, key: Any) -> int:
    """The position of the first item with this key, -1 if there is none."""
    for at, item in enumerate(items):
        if not isinstance(item, dict):
            raise PatchError(f"value for key {at} is not a map.")
        if merge_key in item and item[merge_key] == key:
            return at
    return -1


def same_kind(*lists: list[Any], needed: bool = False) -> type | None:
    """The type that all items of the lists have; raises `PatchError` if they differ or are lists themselves."""
    found: type | None = None
    for item in (item for items in lists for item in items):
        if found is None:
            found = type(item)
            if found is list:
                raise PatchDoesNotApply("lists of lists are not supported")
        elif type(item) is not found:
            raise PatchError(f"list element types are not identical: {go_print(list(lists))}")
    if found is None and needed:
        raise PatchError("no elements in any of the given slices")
    return found


def arranged(merged: list[Any], patch_order: list[Any], server_order: list[Any], merge_key: str) -> list[Any]:
    """``merged`` in order: what the patch names in ``patch_order``, the rest put between by ``server_order``."""
    named = [merge_key_of(item, merge_key) for item in patch_order]
    mine: list[Any] = []
    others: list[Any] = []
    for item in merged:
        (mine if merge_key_of(item, merge_key) in named else others).append(item)
    live = [merge_key_of(item, merge_key) for item in server_order]
    mine = _sorted(mine, named, merge_key)
    others = _sorted(others, live, merge_key)
    return _interleaved(others, mine, live, merge_key)


def _position(order: list[Any], item: Any, merge_key: str) -> int:
    key = merge_key_of(item, merge_key)
    return order.index(key) if key in order else -1


def _sorted(items: list[Any], order: list[Any], merge_key: str) -> list[Any]:
    """Insertion sort by position, in which items of unknown position count as smaller (as the original does)."""
    made: list[Any] = []
    for item in items:
        place = len(made)
        while place and _before(item, made[place - 1], order, merge_key):
            place -= 1
        made.insert(place, item)
    return made


def _before(left: Any, right: Any, order: list[Any], merge_key: str) -> bool:
    first, second = _position(order, left, merge_key), _position(order, right, merge_key)
    return first < second if first >= 0 and second >= 0 else True


def _interleaved(left: list[Any], right: list[Any], order: list[Any], merge_key: str) -> list[Any]:
    made, at = [], 0
    for item in right:
        second = _position(order, item, merge_key)
        while at < len(left) and second >= 0 and 0 <= _position(order, left[at], merge_key) < second:
            made.append(left[at])
            at += 1
        made.append(item)
    return [*made, *left[at:]]
