"""Deciding again with one member of a chain in another version, without asking the others twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Authorizer, Verdict


class Once:
    """A member that is asked about one request, and but once: a webhook may take long, and counts what it is asked."""

    def __init__(self, member: Authorizer) -> None:
        self.member = member
        self.said: Verdict | None = None

    def authorize(self, attributes: Attributes) -> Verdict:
        """The member's verdict, remembered."""
        if self.said is None:
            self.said = self.member.authorize(attributes)
        return self.said


class Trial:
    """A chain, one request, and what the members say of it."""

    def __init__(self, members: Sequence[Authorizer], attributes: Attributes) -> None:
        self.members = [Once(member) for member in members]
        self.attributes = attributes
        self.verdict = self.decide({})

    def decide(self, others: Mapping[int, Authorizer]) -> Verdict:
        """The verdict of the chain with others in some of the places."""
        return Chain([others.get(place, member) for place, member in enumerate(self.members)]).authorize(self.attributes)
