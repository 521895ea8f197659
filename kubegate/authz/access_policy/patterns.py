"""Names with ``*`` for any run of characters; everything else is literal."""

from __future__ import annotations

import re
from functools import lru_cache


def is_pattern(text: str) -> bool:
    """True if it can match more than one name."""
    return "*" in text


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Does the whole text match?"""
    return pattern in ("*", text) or ("*" in pattern and _compiled(pattern).fullmatch(text) is not None)


def overlap(one: str, other: str) -> bool:
    """Is there a name that both match? Used to prove that a denial cannot reach somebody."""
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        left, right = todo.pop()
        if (left, right) in seen:
            continue
        seen.add((left, right))
        if left == len(one) and right == len(other):
            return True
        if left < len(one) and one[left] == "*":
            todo.append((left + 1, right))
            if right < len(other):
                todo.append((left, right + 1))
        if right < len(other) and other[right] == "*":
            todo.append((left, right + 1))
            if left < len(one):
                todo.append((left + 1, right))
        if left < len(one) and right < len(other) and one[left] == other[right] != "*":
            todo.append((left + 1, right + 1))
    return False
