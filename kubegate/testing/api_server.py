"""A real API server for tests: its own port, its own store in memory, TLS, and a kubeconfig for any client.

It runs in a thread of the test's process, starts once and is put back between tests in a moment. Of controllers
only the one runs that fills in aggregated ClusterRoles (`view`, `edit`, `admin`), and no scheduler, unless the flags ask for
more; the admission plugin ServiceAccount is off, since nobody makes the accounts that it waits for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kubegate.api.names import Object
from kubegate.api.user import AUTHENTICATED, MASTERS, User
from kubegate.authz.chain import Chain
from kubegate.compose.application import Application
from kubegate.compose.in_process import running
from kubegate.compose.indexes import RBAC_RESOURCES
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.pki import client_kubeconfig
from kubegate.errors import ConfigurationError
from kubegate.store.memory import MemoryStore
from kubegate.testing.server import manifests as manifest_files
from kubegate.testing.server.accounts import allow_everything, ensure_account, token_kubeconfig, token_of
from kubegate.testing.server.faults import Fault
from kubegate.testing.server.journal import Seen
from kubegate.testing.server.operator import Operator
from kubegate.testing.server.pattern import Pattern
from kubegate.testing.server.starting import free_port, options_of, settle
from kubegate.testing.server.world import World

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_TRIES = 3


class ApiServer:
    """A running server. ``url``: where; ``kubeconfig``: of an administrator; ``clock``: its time."""

    def __init__(self, folder: Path, url: str, application: Application, world: World) -> None:
        if not isinstance(application.store, MemoryStore):
            raise ConfigurationError("a server for tests keeps its objects in memory")
        self.folder = folder
        self.url = url
        self.kubeconfig = folder / "admin.kubeconfig"
        self.application = application
        self.clock = world.clock
        self.faults = world.faults
        self._world = world
        self._numbers = itertools.count()
        self._admin = InternalClient(lambda: application.pipeline, "kubernetes-admin", MASTERS)
        world.identities.keep()
        world.reset()
        self._fresh = application.store.fork()
        self._given = [stored.object for name in RBAC_RESOURCES for stored in application.store.list(name).items]

    def kubeconfig_of(self, user: str | User, groups: Sequence[str] = ()) -> Path:
        """A kubeconfig with a client certificate of this user, for tests of what somebody may."""
        path = self._path("user")
        if isinstance(user, User):
            groups = [group for group in user.groups if group != AUTHENTICATED]
        name = user.name if isinstance(user, User) else user
        client_kubeconfig(self.folder, path, name, groups, self.url)
        return path

    def _path(self, kind: str) -> Path:
        return self.folder / f"{kind}-{next(self._numbers)}.kubeconfig"

    def client(self, user: str | User = "", groups: Sequence[str] = ()) -> ApiClient:
        """A client of the official package (which must be installed), as the administrator or as a user; close it after use
        (it is a context manager)."""
        from kubernetes.config import new_client_from_config

        path = self.kubeconfig_of(user, groups) if user or groups else self.kubeconfig
        client: ApiClient = new_client_from_config(str(path))  # type: ignore[no-untyped-call]
        return client

    def apply(self, *paths: str | Path) -> int:
        """Create the objects of manifests (files, directories) that are missing, as the administrator; the answer is how
        many were. Custom kinds are served when this returns. Raises `InvalidInput` for wrong files, `ConfigurationError` for
        what the server refuses."""
        return manifest_files.create(paths, self._admin, self.application.core.catalog)

    @property
    def requests(self) -> list[Seen]:
        """What clients asked since the start of the test, in order."""
        return self._world.journal.seen

    @contextmanager
    def fault(self, *, times: int | None = 1, **what: Any) -> Iterator[Fault]:
        """Trouble for requests inside the block; see `Faults.add`.

        ``with api_server.fault(verb="list", resource="pods", status=429, retry_after=1, times=2) as fault:``"""
        fault = self.faults.add(times=times, **what)
        try:
            yield fault
        finally:
            self.faults.remove(fault)

    def drop_watches(self, **which: str) -> int:
        """End running watches, as a server that restarts does (a quiet one within a second); ``which``: the fields of
        `Pattern`. The answer is how many."""
        return self.faults.drop_watches(Pattern(**which))

    @contextmanager
    def as_service_account(
        self, namespace: str, name: str, *, manifests: Iterable[str | Path] = (), allow_all: bool = False
    ) -> Iterator[Operator]:
        """An operator that works as a service account. At the end of the block it fails with `Refused` if the operator was
        refused anything (unless the block failed itself).

        ``manifests``: its roles, definitions and the like; ``allow_all``: let it do anything, to learn what it needs."""
        ensure_account(self._admin, namespace, name)
        self.apply(*manifests)
        if allow_all:
            allow_everything(self._admin, namespace, name)
        path = self._path("operator")
        token = token_of(self._admin, namespace, name)
        token_kubeconfig(path, token, self.url, self.folder / "ca.crt", namespace)
        authorizers = (lambda: cast(Chain, self.application.pipeline.authorizer), self.application.core.rbac)
        operator = Operator((namespace, name), path, self._world.journal, authorizers, self._given)
        yield operator
        operator.check()

    def objects(self, resource: str, namespace: str = "") -> list[Object]:
        """What the store holds of a resource (``pods``, ``deployments.apps``); must not be changed."""
        return [stored.object for stored in self.application.store.list(resource, namespace).items]

    def reset(self) -> None:
        """All objects as they were when the server had started; clock, identities, faults and records begin anew."""
        self._fresh.restore()
        self._world.reset()


@contextmanager
def api_server(folder: Path, flags: Mapping[str, Any] | None = None, *, seed: str = "kubegate") -> Iterator[ApiServer]:
    """Start a server with its files in ``folder``. ``flags``: those of `kubegate serve`, with ``_`` for ``-``; ``seed``: of
    uids, generated names, addresses and ports.

    Raises `ConfigurationError` for wrong flags."""
    with ExitStack() as stack:
        for left in reversed(range(_TRIES)):
            port, world = free_port(), World(seed)
            try:
                options = options_of(flags or {}, folder, port)
                application = stack.enter_context(running(options, world.surroundings()))
                break
            except ConfigurationError as error:
                if not left or not error.message.startswith("cannot listen"):  # another process was quicker
                    raise
        settle(application, options)
        yield ApiServer(folder, f"https://127.0.0.1:{port}", application, world)
