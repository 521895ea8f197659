"""What somebody must have been allowed to act as somebody else, from the event of what he did then.

An event tells who asked, who he was taken for and, for constrained impersonation, by which verb; not which groups he named
and which the server added: groups that every such user has count as added.

Source: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/, KEP-5284.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kubegate.api.user import AUTHENTICATED, NODES, UNAUTHENTICATED, User, split_service_account
from kubegate.authz.interface import Attributes

_AUTHENTICATION = "authentication.k8s.io"
_NODE_USER = "system:node:"
_ON_NODES = ("arbitrary-node", "associated-node")


def asked_before(requester: User, other: User, constraint: str, attributes: Attributes) -> Iterator[Attributes]:
    """The questions to the authorizer about ``requester`` that come before ``attributes``, a request as ``other``.

    ``constraint``: the event's ``impersonationConstraint``, like ``impersonate:user-info``; "" for the old kind.
    """
    mode = constraint.partition(":")[2]
    if mode:
        yield replace(attributes, user=requester, verb=f"impersonate-on:{mode}:{attributes.verb}")
    ask = Attributes(requester, constraint or "impersonate", group=_AUTHENTICATION if mode else "", version="v1")
    account = split_service_account(other.name)
    if account is not None:
        yield replace(ask, resource="serviceaccounts", namespace=account[0], name=account[1])
    elif mode in _ON_NODES:
        node = other.name.removeprefix(_NODE_USER)
        yield replace(ask, resource="nodes", name="*" if mode == "associated-node" else node)
    else:
        yield replace(ask, resource="users", name=other.name)
    if other.uid:
        yield replace(ask, group=_AUTHENTICATION, resource="uids", name=other.uid)
    for group in _named_groups(other, account, mode):
        yield replace(ask, resource="groups", name=group)
    for key, values in other.extra:
        for value in values:
            yield replace(ask, group=_AUTHENTICATION, resource="userextras", subresource=key, name=value)


def _named_groups(other: User, account: tuple[str, str] | None, mode: str) -> tuple[str, ...]:
    groups = tuple(group for group in other.groups if group not in (AUTHENTICATED, UNAUTHENTICATED))
    added: tuple[str, ...] = ()
    if account is not None:
        added = ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}")
    elif mode in _ON_NODES:
        added = (NODES,)
    return () if groups == added else groups
