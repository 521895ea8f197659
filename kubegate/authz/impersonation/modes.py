"""The kinds of impersonation, and which of them goes for whom.

Source: k8s.io/apiserver ``endpoints/filters/impersonation/mode.go``, KEP-5284.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.api.domain_path import is_subdomain
from kubegate.api.user import NODE_NAME, User, split_service_account

_NODE_PREFIX = "system:node:"


@dataclass(frozen=True, slots=True)
class Mode:
    """``name`` as in the verbs; "" is the old kind."""

    name: str

    @property
    def verb(self) -> str:
        """What the requester needs on each part of the identity."""
        return f"impersonate:{self.name}" if self.name else "impersonate"

    def applies(self, wanted: User, requester: User) -> bool:
        """Is it tried for that identity?"""
        node, account = node_name(wanted.name), split_service_account(wanted.name)
        if not self.name:
            return True
        if self.name == "user-info":
            return node is None and account is None
        if wanted.uid or wanted.groups or wanted.extra:
            return False
        if self.name == "serviceaccount":
            return account is not None
        if self.name == "arbitrary-node":
            return node is not None
        bound = dict(requester.extra).get(NODE_NAME, ())
        return node is not None and split_service_account(requester.name) is not None and bound == (node,)


MODES = tuple(map(Mode, ("associated-node", "arbitrary-node", "serviceaccount", "user-info", "")))
"""In the order in which they are tried."""


def node_name(user_name: str) -> str | None:
    """The node that a user name stands for, or None."""
    name = user_name.removeprefix(_NODE_PREFIX)
    return name if name != user_name and is_subdomain(name) else None
