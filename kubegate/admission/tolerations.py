"""When one toleration covers another, and how lists of them are merged.

Source: kubernetes ``pkg/util/tolerations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Toleration: TypeAlias = dict[str, Any]
_FIELDS = ("key", "operator", "value", "effect", "tolerationSeconds")


def covers(wide: Toleration, narrow: Toleration) -> bool:
    """True if whatever ``narrow`` tolerates, ``wide`` does too."""
    if _fields(wide) == _fields(narrow):
        return True
    operator = wide.get("operator") or ""
    if _text(narrow, "key") != _text(wide, "key") and (_text(wide, "key") or operator != "Exists"):
        return False
    if _text(wide, "effect") not in ("", _text(narrow, "effect")):
        return False
    if _text(wide, "effect") == "NoExecute" and not _lasts_as_long(wide, narrow):
        return False
    if operator in ("", "Equal"):
        return narrow.get("operator") == "Equal" and _text(narrow, "value") == _text(wide, "value")
    return operator == "Exists"


def merge(first: Sequence[Toleration], second: Sequence[Toleration]) -> list[Toleration]:
    """Both lists without the tolerations that another one covers; of equal ones the first stays."""
    everything = [*first, *second]
    merged: list[Toleration] = []
    for index, toleration in enumerate(everything):
        if any(covers(kept, toleration) for kept in merged):
            continue
        later = everything[index + 1 :]
        if not any(_fields(other) != _fields(toleration) and covers(other, toleration) for other in later):
            merged.append(toleration)
    return merged


def all_covered(tolerations: Sequence[Toleration], allowed: Sequence[Toleration]) -> bool:
    """True if an allowed toleration covers each; an empty list of allowed ones allows all."""
    return not allowed or all(any(covers(wide, narrow) for wide in allowed) for narrow in tolerations)


def _text(toleration: Toleration, field: str) -> str:
    return toleration.get(field) or ""


def _fields(toleration: Toleration) -> tuple[Any, ...]:
    return tuple(
        toleration.get(field) or ("" if field != "tolerationSeconds" else toleration.get(field)) for field in _FIELDS
    )


def _lasts_as_long(wide: Toleration, narrow: Toleration) -> bool:
    limit, wanted = wide.get("tolerationSeconds"), narrow.get("tolerationSeconds")
    return limit is None or (wanted is not None and wanted <= limit)
