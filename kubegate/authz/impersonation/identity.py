"""May this requester take on that identity? One question to the authorizer for each part of it.

Source: k8s.io/apiserver ``endpoints/filters/impersonation/mode.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubegate.api.domain_path import domain_prefixed_path_errors, is_subdomain
from kubegate.api.field_errors import aggregate
from kubegate.api.go import quote
from kubegate.api.status import StatusError
from kubegate.api.user import MASTERS, User, split_service_account
from kubegate.authz.impersonation.modes import Mode
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.refusals import forbidden

_GROUP = "authentication.k8s.io"
_MANY = 4
"""From so many parts on, the right to all of them is asked about first."""


class Refusal(StatusError):
    """The requester may not; ``status`` says what."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The old mode knows fewer rules. ``any_node``: a node is asked about as ``*``. ``uid_last``: as servers ask that know
    the old mode alone."""

    authorizer: Authorizer
    requester: User
    mode: Mode
    any_node: bool
    uid_last: bool = False

    def check_all(self, wanted: User) -> None:
        """Raises `Refusal` at the first part that is not allowed."""
        self._name(wanted.name)
        if not self.uid_last:
            self._uid(wanted.uid)
        self._groups(wanted.groups)
        self._extra(dict(wanted.extra))
        if self.uid_last:
            self._uid(wanted.uid)

    def check(self, attributes: Attributes) -> None:
        """Raises `Refusal` unless the authorizer allows."""
        verdict = self.authorizer.authorize(attributes)
        if verdict.allowed:
            return
        errors = (
            verdict.errors[0] if len(verdict.errors) == 1 else f"[{', '.join(verdict.errors)}]" if verdict.errors else ""
        )
        raise Refusal(forbidden(attributes, ": ".join(part for part in (errors, verdict.reason) if part)))

    def _ask(self, group: str, resource: str, name: str, *, namespace: str = "", subresource: str = "") -> Attributes:
        return Attributes(
            self.requester,
            self.mode.verb,
            group=group,
            version="v1",
            resource=resource,
            subresource=subresource,
            namespace=namespace,
            name=name,
        )

    @property
    def _name_group(self) -> str:
        return _GROUP if self.mode.name else ""

    def _name(self, name: str) -> None:
        account = split_service_account(name)
        node = name.removeprefix("system:node:")
        if account is not None:
            question = self._ask(self._name_group, "serviceaccounts", account[1], namespace=account[0])
        elif self.mode.name and node != name and is_subdomain(node):
            question = self._ask(self._name_group, "nodes", "*" if self.any_node else node)
        else:
            question = self._ask(self._name_group, "users", name)
        self.check(question)

    def _uid(self, uid: str) -> None:
        if uid:
            self.check(self._ask(_GROUP, "uids", uid))

    def _groups(self, groups: tuple[str, ...]) -> None:
        if not groups:
            return
        if self.mode.name:
            if "" in groups:
                text = "impersonating the empty string group is not allowed"
                raise Refusal(forbidden(self._ask(self._name_group, "groups", ""), text))
            if MASTERS in groups:
                text = "impersonating the system:masters group is not allowed"
                raise Refusal(forbidden(self._ask(self._name_group, "groups", MASTERS), text))
            if len(groups) >= _MANY and self._allows(self._ask(self._name_group, "groups", "*")):
                return
        for group in groups:
            self.check(self._ask(self._name_group, "groups", group))

    def _extra(self, extra: Mapping[str, tuple[str, ...]]) -> None:
        if not extra:
            return
        if self.mode.name:
            complaint = _extra_complaint(extra)
            if complaint:
                raise Refusal(forbidden(self._ask(_GROUP, "userextras", ""), complaint))
            many = sum(map(len, extra.values())) >= _MANY
            if many and self._allows(self._ask(_GROUP, "userextras", "*", subresource="*")):
                return
        for key, values in extra.items():
            for value in values:
                self.check(self._ask(_GROUP, "userextras", value, subresource=key))

    def _allows(self, attributes: Attributes) -> bool:
        return self.authorizer.authorize(attributes).allowed


def _extra_complaint(extra: Mapping[str, tuple[str, ...]]) -> str:
    for key, values in extra.items():
        if not key:
            return "impersonating the empty string key in extra is not allowed"
        errors = domain_prefixed_path_errors("extra.key", key)
        if errors:
            return f"impersonating an invalid key in extra is not allowed: {aggregate(errors)}"
        if key != key.lower():
            return f"impersonating a non-lowercase key in extra is not allowed: {quote(key)}"
        if "" in values:
            return "impersonating the empty string value in extra is not allowed"
    return ""
