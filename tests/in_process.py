"""An API server in this process, over the memory store, for tests that speak to its Flask application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from kubegate.compose.application import Application, build_application
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions


@contextmanager
def in_process(
    folder: Path,
    tokens: str,
    *,
    modes: Sequence[str] = ("RBAC",),
    enable: Sequence[str] = (),
    disable: Sequence[str] = (),
    gates: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Application]:
    """A server with its files in ``folder`` until the block ends. ``tokens``: rows of a token file; ``enable``, ``disable``:
    admission plugins; ``gates``: feature gates, "true" or "false"."""
    (folder / "tokens.csv").write_text(tokens)
    application = build_application(
        Options(
            ServingOptions(feature_gates=dict(gates)),
            StorageOptions(storage="memory", data_dir=str(folder)),
            AuthnOptions(
                token_auth_file=str(folder / "tokens.csv"), service_account_issuer=["https://kubernetes.default.svc"]
            ),
            AuthzOptions(authorization_mode=list(modes)),
            AdmissionOptions(enable_admission_plugins=list(enable), disable_admission_plugins=list(disable)),
        )
    )
    try:
        yield application
    finally:
        application.close()
