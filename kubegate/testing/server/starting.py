"""From flags to a server for tests that has come to rest."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from kubegate.compose.application import Application
from kubegate.compose.background import controller_runs
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.controllers import cluster_role_aggregation
from kubegate.controllers.cluster_role_aggregation import outdated
from kubegate.errors import ConfigurationError

_MODELS: tuple[type[BaseModel], ...] = (
    *(ServingOptions, StorageOptions, AuthnOptions, AuthzOptions, AdmissionOptions, AuditOptions),
)
_ROLES = "clusterroles.rbac.authorization.k8s.io"
_QUIET_SECONDS, _SETTLE_SECONDS = 0.05, 60.0
_QUIET: dict[str, Any] = {
    "authorization_mode": ["Node", "RBAC"],
    "controllers": [cluster_role_aggregation.NAME],
    "scheduler": False,
    "disable_admission_plugins": ["ServiceAccount"],
}


def options_of(flags: Mapping[str, Any], folder: Path, port: int) -> Options:
    """The options of a quiet server on a local port; ``flags`` say what is different. Raises `ConfigurationError`."""
    own = {"bind_address": "127.0.0.1", "secure_port": port, "storage": "memory", "data_dir": str(folder)}
    left = {**_QUIET, **flags, **own}
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


def settle(application: Application, options: Options) -> None:
    """Wait until those that run beside the requests have made what they make at start: it belongs to the fresh state."""
    store, deadline = application.store, time.monotonic() + _SETTLE_SECONDS
    aggregated = controller_runs(cluster_role_aggregation.NAME, options.serving.controllers)
    while time.monotonic() < deadline:
        revision = store.revision
        time.sleep(_QUIET_SECONDS)
        roles = [stored.object for stored in store.list(_ROLES).items] if aggregated else []
        if store.revision == revision and not list(outdated(roles)):
            return


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
