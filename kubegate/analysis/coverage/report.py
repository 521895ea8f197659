"""Coverage for people and machines."""

from __future__ import annotations

from typing import Any

from kubegate.analysis.coverage.items import Item, What
from kubegate.analysis.coverage.measure import Coverage


def coverage_text(coverage: Coverage) -> str:
    """A line for each thing that is not exercised, with its place; and the figures by kind."""
    lines = [f"not exercised: {item.place}: {item.text}" for item in coverage.missed]
    parts = []
    for what in What:
        keys = {item.key for item in coverage.items.values() if item.what is what}
        if keys:
            parts.append(f"{what.plural} {len(keys & coverage.exercised)}/{len(keys)}")
    lines.append(f"coverage: {coverage.percent:.1f} % ({', '.join(parts) or 'no policies'})")
    return "\n".join(lines)


def coverage_object(coverage: Coverage) -> dict[str, Any]:
    """For ``-o json``."""
    return {
        "percent": round(coverage.percent, 2),
        "items": len(coverage.items),
        "exercised": len(coverage.exercised),
        "notExercised": [_missed(item) for item in coverage.missed],
    }


def _missed(item: Item) -> dict[str, Any]:
    found = {"kind": item.what.value, "text": item.text, "file": item.location.file, "line": item.location.line}
    if item.key.outcome:
        found |= {"column": item.location.column, "path": item.key.part, "outcome": item.key.outcome}
    return found
