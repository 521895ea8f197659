"""Requests of somebody who impersonates somebody else: may he, and may the other?"""

from __future__ import annotations

from dataclasses import replace

from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authz.impersonation.impersonator import Impersonator
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.testing.cases.users import UserSpec


def impersonated(authorizer: Authorizer, attributes: Attributes, wanted: UserSpec) -> Attributes | str:
    """The request as the other's; or why the one who asks may not impersonate him."""
    if not wanted.name:
        return "there is nobody to impersonate: groups go with a name"
    extra = tuple((key.lower(), tuple(values)) for key, values in wanted.extra.items())  # as header names carry them
    outcome = Impersonator(authorizer).decide(User(wanted.name, wanted.uid, tuple(wanted.groups), extra), attributes)
    return outcome.message if isinstance(outcome, Status) else replace(attributes, user=outcome.user)
