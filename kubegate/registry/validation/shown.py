"""Values as messages show them: maps sorted by key, the parts of a selector in their order, empty parts left out."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object


def map_shown(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """A map of texts; None if it is absent."""
    return None if value is None else {key: value[key] for key in sorted(value)}


def labels_shown(obj: Object) -> dict[str, Any] | None:
    """The labels of an object or template; None if they are absent."""
    return map_shown((obj.get("metadata") or {}).get("labels"))


def selector_shown(selector: Object | None) -> Any:
    """A label selector."""
    if selector is None:
        return None
    shown: dict[str, Any] = {}
    if labels := map_shown(selector.get("matchLabels")):
        shown["matchLabels"] = labels
    if selector.get("matchExpressions"):
        shown["matchExpressions"] = [_expression(item) for item in selector["matchExpressions"]]
    return shown


def _expression(expression: Object) -> dict[str, Any]:
    shown = {"key": expression.get("key") or "", "operator": expression.get("operator") or ""}
    return {**shown, "values": expression["values"]} if expression.get("values") else shown
