"""Everybody who may do something, by the whole chain as far as it can be listed.

Each authorizer lists in its own way (``kubegate.analysis.holders``). Webhooks cannot be listed: the answer says so, and they
are not asked either, since each of many subjects would be a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kubegate.analysis.explain.opinion import authorizer_name
from kubegate.analysis.holders.model import ALLOW, Ask, Holder
from kubegate.analysis.holders.rbac import by_rbac
from kubegate.analysis.holders.spared import Denials
from kubegate.analysis.requests import Question
from kubegate.api.user import AUTHENTICATED, MASTERS, UNAUTHENTICATED, User
from kubegate.authz.always import AlwaysAllow, AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Authorizer, Verdict
from kubegate.authz.kinds import is_webhook
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer


@dataclass(frozen=True, slots=True)
class Answer:
    """Who may (system:masters first, the others by authorizer), who is denied, and which authorizers do not tell."""

    holders: tuple[Holder, ...]
    incomplete: tuple[str, ...] = ()

    @property
    def anybody(self) -> bool:
        """May somebody besides system:masters and nodes?"""
        return any(holder.binding and holder.effect == ALLOW and holder.authorizer != "Node" for holder in self.holders)

    def to_objects(self) -> list[dict[str, Any]]:
        """For ``-o json``."""
        return [*(holder.to_object() for holder in self.holders), *({"incomplete": text} for text in self.incomplete)]


def holders(chain: Chain, question: Question, namespace: str) -> list[Holder]:
    """All subjects that may. ``namespace`` "" asks about all at once."""
    return [holder for holder in who_may(chain, question, namespace).holders if holder.effect == ALLOW]


def who_may(chain: Chain, question: Question, namespace: str) -> Answer:
    """All subjects that may, and all that are denied, by every member of the chain that can be listed."""
    listed = [member for member in chain.members if not is_webhook(member)]
    hidden = [authorizer_name(member) for member in chain.members if is_webhook(member)]
    rest = Chain(listed)

    def ask(user: User) -> Verdict:
        if UNAUTHENTICATED not in user.groups and AUTHENTICATED not in user.groups:
            user = replace(user, groups=(*user.groups, AUTHENTICATED))  # as is everybody in any other group
        return rest.authorize(question.asked_by(user, namespace))

    anybody = question.asked_by(User(""), namespace)
    found = [Holder("Group", "", MASTERS, rule="always", authorizer="privileged groups")]
    denials = Denials(rest, anybody, ask)
    found += [holder for member in listed for holder in _by(member, anybody, ask, denials)]
    incomplete = tuple(f"{name}: whom it allows or denies cannot be listed" for name in hidden)
    return Answer(tuple(found), incomplete)


def _by(member: Authorizer, asked: Attributes, ask: Ask, denials: Denials) -> Iterator[Holder] | Sequence[Holder]:
    if isinstance(member, RbacAuthorizer):
        return by_rbac(member, asked, denials)
    if isinstance(member, NodeAuthorizer):
        from kubegate.analysis.holders.node import by_node

        return by_node(member, asked, ask)
    if isinstance(member, AlwaysAllow):
        return _everybody(denials)
    if isinstance(member, (AlwaysDeny, PrivilegedGroups)):
        return ()
    return _by_seldom_used(member, asked, ask, denials)


def _everybody(denials: Denials) -> Iterator[Holder]:
    for group in (AUTHENTICATED, UNAUTHENTICATED):
        holder = Holder("Group", "", group, "AlwaysAllow", authorizer="AlwaysAllow")
        condition = denials.condition(holder)
        if condition is not None:
            yield replace(holder, condition=condition)


def _by_seldom_used(member: Authorizer, asked: Attributes, ask: Ask, denials: Denials) -> Iterator[Holder]:
    # Here, because what these need takes long to import.
    from kubegate.authz.abac.authorizer import AbacAuthorizer

    if isinstance(member, AbacAuthorizer):
        from kubegate.analysis.holders.abac import by_abac

        return by_abac(member, asked, denials)
    from kubegate.analysis.holders.access import by_access
    from kubegate.authz.access.authorizer import AccessPolicyAuthorizer

    if isinstance(member, AccessPolicyAuthorizer):
        return by_access(member, asked, denials)
    raise TypeError(f"{type(member).__name__} does not say whom it allows")
