"""Where something stands, as SARIF 2.1.0 has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from kubegate.errors import Location


def place_of(place: Location | None) -> dict[str, Any]:
    """A SARIF location; nothing for what stands in no file (standard input has no address)."""
    if place is None or not place.file or place.file.startswith("<"):
        return {}
    region: dict[str, Any] = {"startLine": max(place.line, 1)}
    if place.column:
        region["startColumn"] = place.column
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}


def _uri(file: str) -> str:
    """Relative to the working directory where it is below it, as code scanning wants it."""
    path = Path(file)
    if path.is_absolute():
        if not path.is_relative_to(Path.cwd()):
            return path.as_uri()
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix())
