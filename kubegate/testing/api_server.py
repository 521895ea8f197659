"""A real API server for tests: its own port, its own store in memory, TLS, and a kubeconfig for any client.

It runs in a thread of the test's process, starts once and is put back between tests in a moment. Of controllers
only the one runs that fills in aggregated ClusterRoles (`view`, `edit`, `admin`), and no scheduler, unless the flags ask for
more; the admission plugin ServiceAccount is off, since nobody makes the accounts that it waits for.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from kubegate.compose.application import Application, Options
from kubegate.compose.in_process import running
from kubegate.compose.pki import client_kubeconfig
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.controllers import cluster_role_aggregation
from kubegate.controllers.cluster_role_aggregation import outdated
from kubegate.errors import ConfigurationError
from kubegate.store.memory import MemoryStore

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_MODELS: tuple[type[BaseModel], ...] = (
    *(ServingOptions, StorageOptions, AuthnOptions, AuthzOptions, AdmissionOptions, AuditOptions),
)
_ROLES = "clusterroles.rbac.authorization.k8s.io"
_QUIET_SECONDS, _SETTLE_SECONDS = 0.05, 5.0
_QUIET: dict[str, Any] = {
    "authorization_mode": ["Node", "RBAC"],
    "controllers": [cluster_role_aggregation.NAME],
    "scheduler": False,
    "disable_admission_plugins": ["ServiceAccount"],
}


class ApiServer:
    """A running server. ``url``: where; ``kubeconfig``: of an administrator."""

    def __init__(self, folder: Path, url: str, application: Application) -> None:
        self.folder = folder
        self.url = url
        self.kubeconfig = folder / "admin.kubeconfig"
        self.application = application
        if not isinstance(application.store, MemoryStore):
            raise ConfigurationError("a server for tests keeps its objects in memory")
        self._fresh = application.store.fork()

    def kubeconfig_of(self, user: str, groups: Sequence[str] = ()) -> Path:
        """A kubeconfig with a client certificate of this user, for tests of what somebody may."""
        count = len(list(self.folder.glob("user-*.kubeconfig")))
        path = self.folder / f"user-{count}.kubeconfig"
        client_kubeconfig(self.folder, path, user, groups, self.url)
        return path

    def client(self, user: str = "", groups: Sequence[str] = ()) -> ApiClient:
        """A client of the official package (which must be installed), as the administrator or as a user; close it after use
        (it is a context manager)."""
        from kubernetes.config import new_client_from_config

        path = self.kubeconfig_of(user, groups) if user or groups else self.kubeconfig
        client: ApiClient = new_client_from_config(str(path))  # type: ignore[no-untyped-call]
        return client

    def reset(self) -> None:
        """All objects as they were when the server had started."""
        self._fresh.restore()


@contextmanager
def api_server(folder: Path, flags: Mapping[str, Any] | None = None) -> Iterator[ApiServer]:
    """Start a server with its files in ``folder``. ``flags``: those of `kubegate serve`, with ``_`` for ``-``.

    Raises `ConfigurationError` for wrong flags."""
    port = _free_port()
    own = {"bind_address": "127.0.0.1", "secure_port": port, "storage": "memory", "data_dir": str(folder)}
    options = _options({**_QUIET, **(flags or {}), **own})
    with running(options) as application:
        _settle(application)
        yield ApiServer(folder, f"https://127.0.0.1:{port}", application)


def _settle(application: Application) -> None:
    """Wait until those that run beside the requests have made what they make at start: it belongs to the fresh state."""
    store, deadline = application.store, time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        revision = store.revision
        time.sleep(_QUIET_SECONDS)
        roles = [stored.object for stored in store.list(_ROLES).items]
        if store.revision == revision and not list(outdated(roles)):
            return


def _options(flags: Mapping[str, Any]) -> Options:
    left = dict(flags)
    made = []
    for model in _MODELS:
        try:
            made.append(model(**{name: left.pop(name) for name in model.model_fields if name in left}))
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigurationError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if left:
        raise ConfigurationError(f"unknown flag: {', '.join(sorted(left))}")
    return Options(*made)  # type: ignore[arg-type]  # one of each model, in this order


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
