"""JSON merge patch (RFC 7386)."""

from __future__ import annotations

from typing import Any

from kubegate.api.patch.lazy import touch


def apply_merge_patch(document: dict[str, Any], patch: Any) -> Any:
    """The merged document; neither argument is changed. A patch that is no object replaces the document."""
    if not isinstance(patch, dict):
        return _without_nulls(patch)
    made = touch(dict(document))
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
            continue
        current = made.get(key)
        if isinstance(current, dict) and isinstance(value, dict):
            made[key] = apply_merge_patch(current, value)
        elif current is None or not isinstance(current, dict):
            made[key] = _without_nulls(value)
        else:
            made[key] = value
    return made


def _without_nulls(value: Any) -> Any:
    """What an object stands for where there was none: its nulls are dropped; those in lists stay."""
    if isinstance(value, dict):
        return touch({key: _without_nulls(item) for key, item in value.items() if item is not None})
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
