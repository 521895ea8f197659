"""What makes new objects different from all others: uids, and the endings of generated names.

Source: apimachinery ``util/uuid`` and ``names.SimpleNameGenerator``.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Protocol

from kubegate.api.names import Object

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""No vowels, no characters that look alike."""
SUFFIX = 5


class Identities(Protocol):
    """Gives objects that are created their identity. ``obj`` is the object as far as it is known."""

    def uid(self, obj: Object) -> str:
        """A UUID that no other object has; the name is known."""
        ...

    def suffix(self, obj: Object) -> str:
        """What follows ``generateName``: `SUFFIX` characters of `ALPHABET`."""
        ...


class RandomIdentities:
    """Nobody can foresee them."""

    def uid(self, obj: Object) -> str:
        """See `Identities.uid`."""
        return str(uuid.uuid4())

    def suffix(self, obj: Object) -> str:
        """See `Identities.suffix`."""
        return "".join(secrets.choice(ALPHABET) for _ in range(SUFFIX))


RANDOM: Identities = RandomIdentities()
