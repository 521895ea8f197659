"""What a server takes from the world around it: the time, identities, chance, and who looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from kubegate.api.identities import RANDOM, Identities
from kubegate.apiserver.pipeline import Around, straight


def utc_now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


Moved = Callable[[], None]


def _runs_evenly(moved: Moved) -> None:
    """A machine's clock is not moved."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The machine's clock and chance, unless a test wants others. ``now`` is what objects, tokens and controllers go by
    (certificates are judged by the machine's time, as TLS does), ``follow`` tells when it was moved; ``random`` chooses
    addresses and ports; ``around`` stands around the requests of clients."""

    now: Callable[[], datetime] = utc_now
    identities: Identities = RANDOM
    random: Random = field(default_factory=Random)
    around: Around = straight
    follow: Callable[[Moved], None] = _runs_evenly

    def seconds(self) -> float:
        """Now, in seconds since 1970."""
        return self.now().timestamp()
