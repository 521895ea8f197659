"""Patterns of names: ``*`` stands for any text, everything else for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable


def glob(pattern: str) -> re.Pattern[str]:
    """The pattern as an expression for ``fullmatch``.

    The first place where a part between two stars occurs is as good as any later one, so the expression never goes back
    to try another: names come from those who ask, and must not cost more than their length."""
    head, *parts = map(re.escape, pattern.split("*"))
    if not parts:
        return re.compile(head)
    found = "".join(f"(?>.*?{part})" for part in parts[:-1] if part)
    return re.compile(f"{head}{found}.*{parts[-1]}", re.DOTALL)


def any_of(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    """Does one of them match?"""
    return any(pattern.fullmatch(text) for pattern in patterns)
