"""Impersonation: a request that asks to be taken as somebody else's.

Constrained impersonation (KEP-5284) is tried first, in the modes associated-node, arbitrary-node, serviceaccount and
user-info: the requester needs ``impersonate-on:<mode>:<verb>`` on what is requested and ``impersonate:<mode>`` on the
identity. Then comes the old all-or-nothing ``impersonate``. The first mode's refusal is what the client sees; the mode
that worked last for a requester is tried first the next time.

Source: k8s.io/apiserver ``endpoints/filters/impersonation``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from kubegate.api.status import Status
from kubegate.api.user import (
    ANONYMOUS,
    AUTHENTICATED,
    NODES,
    UNAUTHENTICATED,
    User,
    service_account_groups,
    split_service_account,
)
from kubegate.authz.impersonation.identity import Identity, Refusal
from kubegate.authz.impersonation.modes import MODES, Mode, node_name
from kubegate.authz.interface import Attributes, Authorizer

_ASSOCIATED_KEYS = "authentication.kubernetes.io/associated-node-keys"
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Impersonated:
    """Whom the request is taken for, and the verb that allowed it ("" for the old kind), for the audit event."""

    user: User
    constraint: str = ""


GATE = "ConstrainedImpersonation"
"""The feature gate (on by default)."""


class Impersonator:
    """Decides about impersonation with the server's authorizer. Safe for use by several threads.

    Not ``constrained`` (the feature gate is off): the old mode alone."""

    def __init__(self, authorizer: Authorizer, *, constrained: bool = True) -> None:
        self.constrained = constrained
        self._authorizer = authorizer
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def decide(self, wanted: User, attributes: Attributes) -> Impersonated | Status:
        """Whom the request is taken for, or the 403. ``attributes``: the request as the requester's own."""
        requester = attributes.user
        refusal: Status | None = None
        for index in self._order(requester.name):
            mode = MODES[index]
            if not mode.applies(wanted, requester):
                continue
            outcome = self.attempt(mode, wanted, attributes)
            if isinstance(outcome, Impersonated):
                self._remember(requester.name, index)
                return outcome
            refusal = refusal or outcome
        assert refusal is not None, "the old mode always applies"
        return refusal

    def _order(self, requester: str) -> list[int]:
        last = self._last.get(requester)
        order = list(range(len(MODES))) if self.constrained else [len(MODES) - 1]
        if last is not None:
            order.remove(last)
            order.insert(0, last)
        return order

    def _remember(self, requester: str, index: int) -> None:
        with self._lock:
            self._last[requester] = index
            self._last.move_to_end(requester)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)

    def attempt(self, mode: Mode, wanted: User, attributes: Attributes) -> Impersonated | Status:
        """One mode alone."""
        requester, any_node = attributes.user, mode.name == "associated-node"
        if any_node:
            # The decision holds for each node that such an account may run on, so it is asked without naming one.
            requester = replace(requester, extra=((_ASSOCIATED_KEYS, tuple(sorted(dict(requester.extra)))),))
        identity = Identity(self._authorizer, requester, mode, any_node, uid_last=not self.constrained)
        try:
            if mode.name:
                identity.check(replace(attributes, user=requester, verb=f"impersonate-on:{mode.name}:{attributes.verb}"))
            identity.check_all(wanted)
        except Refusal as refusal:
            return refusal.status
        return Impersonated(_completed(wanted, bool(mode.name)), mode.verb if mode.name else "")


def _completed(wanted: User, constrained: bool) -> User:
    """With the groups that the identity always has."""
    groups = wanted.groups
    account = split_service_account(wanted.name)
    if constrained and node_name(wanted.name) is not None:
        groups = (NODES,)
    if account is not None and not groups:
        groups = service_account_groups(account[0])
    if wanted.name == ANONYMOUS:
        always = UNAUTHENTICATED
    elif UNAUTHENTICATED in groups:
        return replace(wanted, groups=groups)
    else:
        always = AUTHENTICATED
    return replace(wanted, groups=groups if always in groups else (*groups, always))
