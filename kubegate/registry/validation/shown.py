"""Values as messages show them: maps sorted by key, the parts of a selector in their order, empty parts left out."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object


def map_shown(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """A map of texts; None if it is empty."""
    return {key: value[key] for key in sorted(value)} if value else None


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
