"""Impersonation: a request whose headers ask that it be taken as somebody else's.

Source: k8s.io/apiserver ``endpoints/filters/impersonation``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubegate.api.go import quote
from kubegate.api.request import RequestInfo
from kubegate.api.status import Status, StatusError, bad_request
from kubegate.api.user import User
from kubegate.apiserver.authorization import attributes_of
from kubegate.apiserver.messages import Request
from kubegate.authn.plugins.bearer import header_text
from kubegate.authn.plugins.front_proxy import unescape
from kubegate.authz.impersonation.impersonator import Impersonated, Impersonator
from kubegate.authz.interface import Attributes

USER, UID, GROUP, EXTRA = "impersonate-user", "impersonate-uid", "impersonate-group", "impersonate-extra-"


@dataclass(frozen=True, slots=True)
class ImpersonationStage:
    """Implements `pipeline.Impersonation`."""

    impersonator: Impersonator

    def impersonate(self, request: Request, info: RequestInfo, user: User) -> Impersonated | None:
        """See `pipeline.Impersonation.impersonate`."""
        if not any(name.startswith("impersonate-") for name in request.headers):
            return None
        outcome = resolve(self.impersonator, request.headers, attributes_of(info, user))
        if isinstance(outcome, Status):
            raise StatusError(outcome)
        return outcome


def resolve(
    impersonator: Impersonator, headers: Mapping[str, Sequence[str]], attributes: Attributes
) -> Impersonated | Status | None:
    """None if nobody is to be impersonated. ``attributes``: the request as the requester's own."""
    wanted = wanted_user(headers, constrained=impersonator.constrained)
    return impersonator.decide(wanted, attributes) if isinstance(wanted, User) else wanted


def wanted_user(headers: Mapping[str, Sequence[str]], *, constrained: bool = True) -> User | Status | None:
    """Whom the headers (lower-case names) ask for; None if nobody, 400 if everything but a name is there (in other words
    where impersonation is not ``constrained``)."""
    name, uid = _first(headers, USER), _first(headers, UID)
    groups = tuple(map(header_text, headers.get(GROUP, ())))
    extra: dict[str, tuple[str, ...]] = {}
    for header, values in headers.items():
        if header.startswith(EXTRA) and values:
            key = unescape(header[len(EXTRA) :])
            extra[key] = extra.get(key, ()) + tuple(map(header_text, values))
    if not name and not (uid or groups or extra):
        return None
    user = User(name, uid, groups, tuple(extra.items()))
    if name:
        return user
    asked = (
        f"{_go_syntax(user)} without impersonating a user name"
        if constrained
        else f"{_references(user)} without impersonating a user"
    )
    return bad_request(f"requested {asked}")


def _first(headers: Mapping[str, Sequence[str]], name: str) -> str:
    values = headers.get(name)
    return header_text(values[0]) if values else ""


def _go_syntax(user: User) -> str:
    """``%#v`` of a ``*user.DefaultInfo``."""
    pairs = ", ".join(f"{quote(key)}:{_strings(values)}" for key, values in sorted(user.extra))
    extra = f"map[string][]string{{{pairs}}}" if user.extra else "map[string][]string(nil)"
    return (
        f"&user.DefaultInfo{{Name:{quote(user.name)}, UID:{quote(user.uid)}, Groups:{_strings(user.groups)}, Extra:{extra}}}"
    )


def _references(user: User) -> str:
    """``%v`` of the list of object references that stand for the parts of an identity: kind, namespace, name, uid, version,
    resourceVersion and path of each."""
    api = "authentication.k8s.io/v1"
    parts = [("Group", "", group, "", "", "", "") for group in user.groups]
    parts += [("UserExtra", "", value, "", api, "", key) for key, values in user.extra for value in values]
    parts += [("UID", "", user.uid, "", api, "", "")] if user.uid else []
    return "[" + " ".join("{" + " ".join(part) + "}" for part in parts) + "]"


def _strings(texts: tuple[str, ...]) -> str:
    return "[]string{" + ", ".join(map(quote, texts)) + "}" if texts else "[]string(nil)"
