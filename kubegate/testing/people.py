"""Users as tests name them: for the fixture ``gate`` and, by certificates, for ``api_server``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubegate.api.user import (
    ANONYMOUS,
    AUTHENTICATED,
    MASTERS,
    UNAUTHENTICATED,
    User,
    service_account_groups,
    service_account_name,
)


class Users:
    """Makes users, with the groups that a server adds: ``users("alice", "devs")``."""

    administrator = User.of("kubernetes-admin", [MASTERS, AUTHENTICATED])
    """Who may do anything."""

    anonymous = User.of(ANONYMOUS, [UNAUTHENTICATED])
    """Who presents no credential."""

    def __call__(self, name: str, *groups: str, uid: str = "", extra: Mapping[str, Sequence[str]] | None = None) -> User:
        """A user in these groups."""
        own = [group for group in groups if group != AUTHENTICATED]
        return User.of(name, [*own, AUTHENTICATED], uid=uid, extra=extra)

    def service_account(self, namespace: str, name: str) -> User:
        """A service account."""
        return self(service_account_name(namespace, name), *service_account_groups(namespace))
