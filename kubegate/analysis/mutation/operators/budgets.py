"""Mutants of quotas and limit ranges: an amount doubled, an amount or a restriction removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubegate.analysis.mutation.operators.edit import Edit, Path, drop, drop_each, removed, replaced, value_at
from kubegate.api.names import Object

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_LIMITS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def quota_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a ResourceQuota."""
    yield from _amounts(obj, "quota", ("spec", "hard"))
    yield from drop_each(obj, "quota scope removed", ("spec", "scopes"))
    yield from drop(obj, "quota scope removed", ("spec", "scopeSelector"))


def limit_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a LimitRange."""
    for index in range(len(value_at(obj, ("spec", "limits")) or [])):
        for field in _LIMITS:
            yield from _amounts(obj, "limit", ("spec", "limits", index, field))


def _amounts(obj: Object, what: str, path: Path) -> Iterator[Edit]:
    for name, amount in (value_at(obj, path) or {}).items():
        yield Edit(f"{what} doubled", (*path, name), replaced(obj, (*path, name), doubled(amount)))
        yield Edit(f"{what} removed", (*path, name), removed(obj, (*path, name)))


def doubled(amount: object) -> str:
    """``500m`` -> ``1000m``, ``1.5Gi`` -> ``3Gi``; of nothing, one."""
    return _NUMBER.sub(_twice, str(amount), count=1)


def _twice(match: re.Match[str]) -> str:
    value = float(match[0]) * 2 or 1.0
    return str(int(value)) if value.is_integer() else str(value)
