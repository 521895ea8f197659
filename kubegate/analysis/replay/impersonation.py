"""What somebody must have been allowed to act as somebody else, from the event of what he did then.

An event tells who asked, who he was taken for and, for constrained impersonation, by which verb; not which groups he named
and which the server added: groups that every such user has count as added.

Source: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/, KEP-5284.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kubegate.api.user import AUTHENTICATED, NODES, UNAUTHENTICATED, User, service_account_groups, split_service_account
from kubegate.authz.impersonation.modes import MODES
from kubegate.authz.impersonation.needs import needed
from kubegate.authz.interface import Attributes

_BY_CONSTRAINT = {mode.verb if mode.name else "": mode for mode in MODES}


def asked_before(requester: User, other: User, constraint: str, attributes: Attributes) -> Sequence[Attributes]:
    """The questions to the authorizer about ``requester`` that come before ``attributes``, a request as ``other``.

    ``constraint``: the event's ``impersonationConstraint``, like ``impersonate:user-info``; "" for the old kind. Raises
    `ValueError` for another.
    """
    mode = _BY_CONSTRAINT.get(constraint)
    if mode is None:
        raise ValueError(constraint)
    return needed(mode, replace(other, groups=_named_groups(other, constraint)), replace(attributes, user=requester))


def _named_groups(other: User, constraint: str) -> tuple[str, ...]:
    groups = tuple(group for group in other.groups if group not in (AUTHENTICATED, UNAUTHENTICATED))
    account = split_service_account(other.name)
    if account is not None:
        return () if groups == service_account_groups(account[0]) else groups
    return () if constraint.endswith("-node") and groups == (NODES,) else groups
