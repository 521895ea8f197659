"""What files look like from outside: has something changed?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Signature: TypeAlias = tuple[tuple[str, int, int], ...]


def signature(paths: Iterable[str]) -> Signature:
    """Which files there are (in directories: all), and the time and size of each: another value means that something
    changed. Empty paths are passed over."""
    found = []
    for path in paths:
        place = Path(path) if path else None
        for file in [] if place is None else sorted(place.rglob("*")) if place.is_dir() else [place]:
            try:
                state = file.stat()
            except OSError:
                continue  # gone between listing and looking: the next look sees it
            found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)
