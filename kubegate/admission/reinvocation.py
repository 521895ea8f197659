"""Which policies or webhooks run again: those that asked for it and ran before an object was changed by a later one.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/mutating/reinvocationcontext.go``.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable
from dataclasses import dataclass, field

from kubegate.admission.interface import Review
from kubegate.api.names import Object


@dataclass(slots=True)
class Rounds:
    """What happened in the first round, as far as the second depends on it."""

    running: bool = False
    _last: Object | None = None
    _ran: set[Hashable] = field(default_factory=set)
    _due: set[Hashable] = field(default_factory=set)

    def begin(self, review: Review) -> None:
        """Start a round; if others changed the object since the last one, what ran then is due again."""
        self.running = review.reinvocation.running
        if self.running and review.object != self._last:
            self._require()

    def is_due(self, key: Hashable) -> bool:
        """Whether an invocation runs in this round."""
        return not self.running or key in self._due

    def remember(self, key: Hashable) -> None:
        """The invocation ran and wants to run again if something changes after it."""
        self._ran.add(key)

    def require(self, review: Review) -> None:
        """The object changed: what ran before is due in the next round."""
        self._require()
        review.reinvocation.requested = True

    def finish(self, review: Review, *, dirty: bool) -> None:
        """The round is over; ``dirty``: a mutation was applied, even if it changed nothing."""
        if self._ran:
            self._last = copy.deepcopy(review.object)
        if dirty:
            self.require(review)

    def _require(self) -> None:
        self._due |= self._ran
        self._ran = set()


def rounds_of(review: Review, plugin: str) -> Rounds:
    """The rounds of a request as a plugin sees them, at the start of one."""
    rounds: Rounds = review.reinvocation.memory.setdefault(plugin, Rounds())
    rounds.begin(review)
    return rounds
