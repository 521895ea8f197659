"""The questions that come before acting as somebody else, for whoever explains or learns them."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.impersonation.impersonator import Impersonated, Impersonator
from kubegate.authz.impersonation.modes import Mode
from kubegate.authz.interface import Attributes, Decision, Verdict

_ALL = "*"
_MANY = ("groups", "userextras")


class _Everything:
    """Allows and notes what it is asked; but not all groups or extra values at once, which is more than is needed."""

    def __init__(self) -> None:
        self.asked: list[Attributes] = []

    def authorize(self, attributes: Attributes) -> Verdict:
        if attributes.name == _ALL and attributes.resource in _MANY:
            return Verdict(Decision.NO_OPINION)
        self.asked.append(attributes)
        return Verdict(Decision.ALLOW)


def needed(mode: Mode, wanted: User, attributes: Attributes) -> tuple[Attributes, ...]:
    """What ``attributes.user`` must be allowed to make the request as ``wanted`` in this way; nothing if nobody can.

    ``wanted``: with the groups that are named, not those that a server adds.
    """
    everything = _Everything()
    outcome = Impersonator(everything).attempt(mode, wanted, attributes)
    return tuple(everything.asked) if isinstance(outcome, Impersonated) else ()
