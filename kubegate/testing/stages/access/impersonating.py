"""Requests of somebody who impersonates somebody else: may he, and may the other?"""

from __future__ import annotations

from kubegate.api.status import Status
from kubegate.apiserver.impersonation import EXTRA, GROUP, UID, USER, Impersonator
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.testing.cases.users import UserSpec


def impersonated(authorizer: Authorizer, attributes: Attributes, wanted: UserSpec) -> Attributes | str:
    """The request as the other's; or why the one who asks may not impersonate him."""
    headers = {USER: [wanted.name]}
    if wanted.uid:
        headers[UID] = [wanted.uid]
    if wanted.groups:
        headers[GROUP] = list(wanted.groups)
    for key, values in wanted.extra.items():
        headers[EXTRA + _escaped(key)] = list(values)
    outcome = Impersonator(authorizer).resolve(headers, attributes)
    if isinstance(outcome, Status):
        return outcome.message
    if outcome is None:
        return f"there is nobody to impersonate: {wanted.name!r}"
    return Attributes(
        outcome.user,
        attributes.verb,
        attributes.is_resource,
        attributes.group,
        attributes.version,
        attributes.resource,
        attributes.subresource,
        attributes.namespace,
        attributes.name,
        attributes.path,
        attributes.field_requirements,
        attributes.label_requirements,
    )


def _escaped(key: str) -> str:
    """As header names carry it."""
    return "".join(character if character.isalnum() or character in "-_." else _percent(character) for character in key)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode())
