"""Who asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kubegate.api.domain_path import is_subdomain

ANONYMOUS = "system:anonymous"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"
NODES = "system:nodes"
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"
NODE_NAME = "authentication.kubernetes.io/node-name"
"""The extra attribute of a service account's user: where the pod of its token runs."""
_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class User:
    """An identity: name, uid, groups in the order given, extra as (key, values) pairs; hashable.

    Source: k8s.io/apiserver ``user.Info``; UserInfo of authentication.k8s.io/v1.
    """

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(
        cls, name: str, groups: Iterable[str] = (), *, uid: str = "", extra: Mapping[str, Iterable[str]] | None = None
    ) -> User:
        """Build one from ordinary containers."""
        pairs = tuple((key, tuple(values)) for key, values in (extra or {}).items())
        return cls(name, uid, tuple(groups), pairs)

    def to_info(self) -> dict[str, Any]:
        """The ``UserInfo`` of reviews: empty parts are absent."""
        info: dict[str, Any] = {}
        if self.name:
            info["username"] = self.name
        if self.uid:
            info["uid"] = self.uid
        if self.groups:
            info["groups"] = list(self.groups)
        if self.extra:
            info["extra"] = {key: list(values) for key, values in self.extra}
        return info


def service_account_name(namespace: str, name: str) -> str:
    """The user name of a service account."""
    return f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}"


def split_service_account(user_name: str) -> tuple[str, str] | None:
    """(namespace, name) if the user name is that of a service account (whose names could exist), else None."""
    if not user_name.startswith(SERVICE_ACCOUNT_PREFIX):
        return None
    namespace, colon, name = user_name[len(SERVICE_ACCOUNT_PREFIX) :].partition(":")
    if not colon or len(namespace) > 63 or not _LABEL.fullmatch(namespace) or not is_subdomain(name):
        return None
    return namespace, name


def service_account_groups(namespace: str) -> tuple[str, str]:
    """The groups that every service account of a namespace is in."""
    return "system:serviceaccounts", f"system:serviceaccounts:{namespace}"


def completed(user: User) -> User:
    """With the groups that a server adds to whom it impersonates: those of a service account when none are given, and
    system:authenticated (system:unauthenticated for the anonymous user) always."""
    groups, account = user.groups, split_service_account(user.name)
    if account is not None and not groups:
        groups = service_account_groups(account[0])
    if user.name == ANONYMOUS:
        groups = groups or (UNAUTHENTICATED,)
    elif AUTHENTICATED not in groups and UNAUTHENTICATED not in groups:
        groups = (*groups, AUTHENTICATED)
    return replace(user, groups=groups)
