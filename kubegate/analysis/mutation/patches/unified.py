"""Unified diffs as ``git apply`` and ``patch -p1`` take them, also of files without a newline at their end."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

_UNFINISHED = "\n\\ No newline at end of file\n"


def unified(file: str, before: str, after: Sequence[str]) -> str:
    """The change of a text to one with the lines ``after``; what stays keeps its line ends, what is new gets the file's.
    ``file``: shown from the current directory if it lies below that."""
    old, new = before.splitlines(keepends=True), _ended(before, after)
    name = _shown(file)
    head = f"diff --git a/{name} b/{name}\n"
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    made = "".join(line if line.endswith("\n") else line + _UNFINISHED for line in lines)
    return head + made if made else ""


def _ended(before: str, after: Sequence[str]) -> list[str]:
    old = before.splitlines(keepends=True)
    bare = before.splitlines()
    start = _alike(bare, after)
    end = min(_alike(bare[::-1], after[::-1]), len(after) - start, len(bare) - start)
    ending = "\r\n" if "\r\n" in before else "\n"
    middle = [line + ending for line in after[start : len(after) - end]]
    made = [*old[:start], *middle, *old[len(old) - end :]]
    # The last line ends as the last line of the file did.
    if made and old and not old[-1].endswith(("\n", "\r")):
        made = [line if line.endswith(("\n", "\r")) else line + ending for line in made[:-1]] + [made[-1].rstrip("\r\n")]
    return made


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _shown(file: str) -> str:
    path = Path(file).absolute()
    below = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else Path(str(path).lstrip("/"))
    return below.as_posix()
