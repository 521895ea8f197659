"""One subject that may, or may not, do what is asked, and by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubegate.api.user import AUTHENTICATED, User, service_account_groups, service_account_name
from kubegate.authz.interface import Verdict
from kubegate.errors import Location

ALLOW, DENY = "Allow", "Deny"

Ask = Callable[[User], Verdict]
"""The verdict of the whole chain on what is asked, for a user."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A subject, and through what; for system:masters there is no binding.

    ``binding`` is what gives it: a binding, a line of an ABAC file, an AccessPolicy, an authorizer. Names of an AccessPolicy
    may be patterns (``*`` stands for any text). ``condition``: what else must hold, which cannot be told beforehand.
    """

    kind: str
    namespace: str
    name: str
    binding: str = ""
    role: str = ""
    rule: str = ""
    locations: tuple[Location, ...] = ()
    effect: str = ALLOW
    authorizer: str = "RBAC"
    condition: str = ""

    def to_object(self) -> dict[str, Any]:
        """For ``-o json``."""
        subject = {"kind": self.kind, "name": self.name} | ({"namespace": self.namespace} if self.namespace else {})
        found: dict[str, Any] = {"subject": subject, "effect": self.effect, "authorizer": self.authorizer}
        found |= {"binding": self.binding, "role": self.role, "rule": self.rule}
        found |= {"condition": self.condition} if self.condition else {}
        return {**found, "locations": [str(place) for place in self.locations]}


def as_user(kind: str, namespace: str, name: str) -> User:
    """A user that is the subject and nothing else; a group is asked for as somebody who is in that group only."""
    if kind == "Group":
        return User("", groups=(name,))
    if kind == "ServiceAccount":
        return User(service_account_name(namespace, name), groups=(*service_account_groups(namespace), AUTHENTICATED))
    return User(name, groups=(AUTHENTICATED,))
