"""A node reports the capacity and conditions of volume claims, and changes nothing else in them."""

from __future__ import annotations

import copy
import difflib
import json
from typing import Any

from kubegate.admission.interface import Operation, Review
from kubegate.api.go import quote

_OWN_METADATA = ("resourceVersion", "managedFields")
_OWN_STATUS = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")


def claim(review: Review, node: str) -> str | None:
    """Only the status, and there only what grows with the volume."""
    if review.subresource != "status":
        return "may only update PVC status"
    if review.operation is not Operation.UPDATE:
        return f"unexpected operation {quote(review.operation)}"
    new, old = _others(review.object or {}), _others(review.old_object or {})
    if new == old:
        return None
    lines = difflib.unified_diff(_lines(old), _lines(new), lineterm="", n=3)
    difference = "\n".join(list(lines)[2:])
    return (
        f"node {quote(node)} is not allowed to update fields other than status.quantity and status.conditions: {difference}"
    )


def _others(obj: dict[str, Any]) -> dict[str, Any]:
    """The object without what a node may change."""
    rest = copy.deepcopy(obj)
    for field in _OWN_METADATA:
        (rest.get("metadata") or {}).pop(field, None)
    for field in _OWN_STATUS:
        (rest.get("status") or {}).pop(field, None)
    return rest


def _lines(obj: dict[str, Any]) -> list[str]:
    return json.dumps(obj, indent=2, sort_keys=True).splitlines()
