"""Who looks on while authorizers decide: what a server counts.

Source: k8s.io/apiserver ``authorization/metrics``, ``plugin/pkg/authorizer/webhook/metrics``, ``authorization/cel``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Authorizer, Decision, Verdict


class Observer(Protocol):
    """Told of decisions, and of what becomes of the questions to webhooks. ``name`` is that of the authorizer."""

    def decided(self, kind: str, name: str, decision: Decision) -> None:
        """An authorizer allowed or denied; it had an opinion."""
        ...

    def asked(self, name: str, result: str, seconds: float) -> None:
        """A webhook was asked: ``success``, ``timeout`` or ``error``."""
        ...

    def failed_open(self, name: str, result: str) -> None:
        """A webhook could not be asked, and has no opinion for that."""
        ...

    def matched(self, name: str, seconds: float, *, excluded: bool, errors: int) -> None:
        """The match conditions were evaluated: did they exclude the request, how many failed?"""
        ...


class Nobody:
    """Counts nothing."""

    def decided(self, kind: str, name: str, decision: Decision) -> None:
        """Nothing."""

    def asked(self, name: str, result: str, seconds: float) -> None:
        """Nothing."""

    def failed_open(self, name: str, result: str) -> None:
        """Nothing."""

    def matched(self, name: str, seconds: float, *, excluded: bool, errors: int) -> None:
        """Nothing."""


NOBODY = Nobody()


class _Observed:
    def __init__(self, member: Authorizer, kind: str, name: str, observer: Observer) -> None:
        self._member, self._kind, self._name, self._observer = member, kind, name, observer

    def authorize(self, attributes: Attributes) -> Verdict:
        verdict = self._member.authorize(attributes)
        if verdict.decision is not Decision.NO_OPINION:
            self._observer.decided(self._kind, self._name, verdict.decision)
        return verdict


class ObservedChain(Chain):
    """A chain whose decisions are told. ``named``: type, name and authorizer of the members that are told of; ``first`` is
    asked before them."""

    def __init__(self, first: Authorizer, named: Sequence[tuple[str, str, Authorizer]], observer: Observer) -> None:
        super().__init__([first, *(member for _, _, member in named)])
        self._observed = Chain([first, *(_Observed(member, kind, name, observer) for kind, name, member in named)])

    def authorize(self, attributes: Attributes) -> Verdict:
        """See `Chain`."""
        return self._observed.authorize(attributes)
