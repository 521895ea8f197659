"""Random suffixes as the server makes them (apimachinery ``rand.String``): no vowels, no characters that look alike."""

from __future__ import annotations

import random

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def random_suffix(length: int = 5) -> str:
    """Random characters for names that only have to differ; not for secrets."""
    return "".join(random.choices(ALPHABET, k=length))
