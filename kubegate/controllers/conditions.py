"""Conditions of a status: lists of {type, status, reason, message, times}, in which the old entries keep their places."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.names import Object


def with_condition(conditions: Sequence[Object] | None, wanted: Object) -> list[Object]:
    """The list with ``wanted`` in it; where its status is what it was, ``lastTransitionTime`` stays."""
    found = list(conditions or ())
    place = next((n for n, c in enumerate(found) if c.get("type") == wanted["type"]), None)
    if place is None:
        return [*found, wanted]
    old = found[place]
    if old.get("status") == wanted.get("status") and "lastTransitionTime" in old:
        wanted = {**wanted, "lastTransitionTime": old["lastTransitionTime"]}
    found[place] = wanted
    return found
