"""An operator under test: it works as its service account, and what it asks is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kubegate.api.names import Object
from kubegate.api.user import service_account_name
from kubegate.authz.chain import Chain
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.testing.server.journal import Journal, Seen
from kubegate.testing.server.least_roles import least_roles, write_roles
from kubegate.testing.server.needs import Need
from kubegate.testing.server.refusals import Refused, described

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


class Operator:
    """``kubeconfig`` is of the service account ``namespace/name``. ``authorizers`` say what it may, ``given`` what
    every account of a fresh cluster may."""

    def __init__(
        self,
        account: tuple[str, str],
        kubeconfig: Path,
        journal: Journal,
        authorizers: tuple[Callable[[], Chain], RbacAuthorizer],
        given: Sequence[Object],
    ) -> None:
        self.namespace, self.name = account
        self.user = service_account_name(*account)
        self.kubeconfig = kubeconfig
        self._journal = journal
        self._chain, self._rbac = authorizers
        self._given = given
        self._told = 0

    def client(self) -> ApiClient:
        """A client of the official package (which must be installed); close it after use (it is a context manager)."""
        from kubernetes.config import new_client_from_config

        client: ApiClient = new_client_from_config(str(self.kubeconfig))  # type: ignore[no-untyped-call]
        return client

    @property
    def requests(self) -> list[Seen]:
        """What it asked, in order; also by impersonating others."""
        return [seen for seen in self._journal.seen if seen.sender.name == self.user]

    @property
    def refused(self) -> list[Seen]:
        """What it was refused: 403."""
        return [seen for seen in self.requests if seen.code == 403]

    @property
    def needs(self) -> list[Need]:
        """What it asked and no account of a fresh cluster may. To impersonate somebody is left out: that is never granted
        unasked."""
        given = RbacAuthorizer(self._given)
        own = (Need(seen.attributes, seen.granting) for seen in self.requests if not seen.impersonates)
        return [need for need in own if not given.authorize(need.attributes).allowed]

    def roles(self, *, names: int = 0) -> list[Object]:
        """The least roles and bindings with which all its requests pass; see `least_roles`."""
        return least_roles(self.needs, names=names)

    def write_roles(self, path: Path, *, names: int = 0) -> None:
        """The same as a file of manifests."""
        write_roles(path, self.roles(names=names))

    def check(self) -> None:
        """Raises `Refused` with the nearest misses if it was refused anything since the last check."""
        refused = self.refused
        new, self._told = refused[self._told :], len(refused)
        if new:
            raise Refused(described(self.user, new, self._chain(), self._rbac, self.roles()))
