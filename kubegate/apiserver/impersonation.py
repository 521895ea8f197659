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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kubegate.api.domain_path import is_subdomain
from kubegate.api.go import quote
from kubegate.api.status import Status, bad_request
from kubegate.api.user import ANONYMOUS, AUTHENTICATED, NODES, UNAUTHENTICATED, User, split_service_account
from kubegate.apiserver.impersonation_identity import Identity, Refusal
from kubegate.authn.plugins.bearer import header_text
from kubegate.authn.plugins.front_proxy import unescape
from kubegate.authn.plugins.service_account import NODE_NAME
from kubegate.authz.interface import Attributes, Authorizer

USER, UID, GROUP, EXTRA = "impersonate-user", "impersonate-uid", "impersonate-group", "impersonate-extra-"
_ASSOCIATED_KEYS = "authentication.kubernetes.io/associated-node-keys"
_NODE_PREFIX = "system:node:"
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Impersonated:
    """Whom the request is taken for, and the verb that allowed it ("" for the old kind), for the audit event."""

    user: User
    constraint: str = ""


@dataclass(frozen=True, slots=True)
class _Mode:
    """``name`` as in the verbs; "" is the old kind."""

    name: str

    def applies(self, wanted: User, requester: User) -> bool:
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


_MODES = tuple(map(_Mode, ("associated-node", "arbitrary-node", "serviceaccount", "user-info", "")))


class Impersonator:
    """Decides about impersonation with the server's authorizer. Safe for use by several threads."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def resolve(self, headers: Mapping[str, Sequence[str]], attributes: Attributes) -> Impersonated | Status | None:
        """None if nobody is to be impersonated. ``attributes``: the request as the requester's own."""
        wanted = wanted_user(headers)
        if wanted is None or isinstance(wanted, Status):
            return wanted
        requester = attributes.user
        refusal: Status | None = None
        for index in self._order(requester.name):
            mode = _MODES[index]
            if not mode.applies(wanted, requester):
                continue
            outcome = self._try(mode, wanted, attributes)
            if isinstance(outcome, Impersonated):
                self._remember(requester.name, index)
                return outcome
            refusal = refusal or outcome
        # The old mode always applies, so that there is a refusal here.
        return refusal

    def _order(self, requester: str) -> list[int]:
        last = self._last.get(requester)
        order = list(range(len(_MODES)))
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

    def _try(self, mode: _Mode, wanted: User, attributes: Attributes) -> Impersonated | Status:
        requester, any_node = attributes.user, mode.name == "associated-node"
        if any_node:
            # The decision holds for each node that such an account may run on, so it is asked without naming one.
            requester = replace(requester, extra=((_ASSOCIATED_KEYS, tuple(sorted(dict(requester.extra)))),))
        identity = Identity(self._authorizer, requester, mode.name, any_node)
        try:
            if mode.name:
                identity.check(replace(attributes, user=requester, verb=f"impersonate-on:{mode.name}:{attributes.verb}"))
            identity.check_all(wanted)
        except Refusal as refusal:
            return refusal.status
        return Impersonated(_completed(wanted, bool(mode.name)), identity.verb if mode.name else "")


def node_name(user_name: str) -> str | None:
    """The node that a user name stands for, or None."""
    name = user_name.removeprefix(_NODE_PREFIX)
    return name if name != user_name and is_subdomain(name) else None


def _completed(wanted: User, constrained: bool) -> User:
    """With the groups that the identity always has."""
    groups = wanted.groups
    account = split_service_account(wanted.name)
    if constrained and node_name(wanted.name) is not None:
        groups = (NODES,)
    if account is not None and not groups:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{account[0]}")
    if wanted.name == ANONYMOUS:
        always = UNAUTHENTICATED
    elif UNAUTHENTICATED in groups:
        return replace(wanted, groups=groups)
    else:
        always = AUTHENTICATED
    return replace(wanted, groups=groups if always in groups else (*groups, always))


def wanted_user(headers: Mapping[str, Sequence[str]]) -> User | Status | None:
    """Whom the headers (lower-case names) ask for; None if nobody, 400 if everything but a name is there."""
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
    return user if name else bad_request(f"requested {_go_syntax(user)} without impersonating a user name")


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


def _strings(texts: tuple[str, ...]) -> str:
    return "[]string{" + ", ".join(map(quote, texts)) + "}" if texts else "[]string(nil)"
