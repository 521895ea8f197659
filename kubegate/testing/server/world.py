"""The surroundings of a server for tests: all of it in the test's hands."""

from __future__ import annotations

from random import Random

from kubegate.compose.surroundings import Surroundings
from kubegate.testing.server.clock import Clock
from kubegate.testing.server.faults import Faults
from kubegate.testing.server.identities import CountedIdentities
from kubegate.testing.server.journal import Journal


class World:
    """What a test controls of a server's surroundings."""

    def __init__(self, seed: str) -> None:
        self.clock = Clock()
        self.identities = CountedIdentities(seed)
        self.random = Random(seed)
        self.faults = Faults()
        self.journal = Journal()
        self._seed = seed

    def surroundings(self) -> Surroundings:
        """For the server."""
        faults, journal = self.faults, self.journal
        return Surroundings(
            self.clock.now,
            self.identities,
            self.random,
            lambda exchange, proceed: journal(exchange, lambda known: faults(known, proceed)),
            self.clock.follow,
        )

    def reset(self) -> None:
        """As at the start."""
        self.clock.reset()
        self.identities.reset()
        self.random.seed(self._seed)
        self.faults.clear()
        self.journal.clear()
