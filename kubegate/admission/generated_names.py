"""Random suffixes as the server makes them (apimachinery ``rand.String``): no vowels, no characters that look alike."""

from __future__ import annotations

from random import Random

from kubegate.api.identities import ALPHABET

# Its own: threads that draw from the module's generator would disturb whoever seeded it.
_RANDOM = Random()


def random_suffix(length: int = 5) -> str:
    """Random characters for names that only have to differ; not for secrets."""
    return "".join(_RANDOM.choices(ALPHABET, k=length))
