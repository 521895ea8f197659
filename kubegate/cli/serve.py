"""`kubegate serve`: the API server."""

from __future__ import annotations

import logging
from typing import Any

import click

from kubegate.cli.exit_codes import Exit
from kubegate.cli.model_options import Flags, SuggestingCommand, model_options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

MODELS = (ServingOptions, StorageOptions, AuthnOptions, AuthzOptions, AdmissionOptions, AuditOptions)


@click.command("serve", cls=SuggestingCommand)
@model_options(*MODELS)
@click.option("-v", "--v", "verbosity", type=int, default=0, help="Log verbosity: 0 warnings, 2 what happens, 4 details.")
def command(config_file: str, verbosity: int, **given: Any) -> int:
    """Serve the Kubernetes API: kubectl and any other client can talk to it."""
    # Here, so that `kubegate serve --help` does not load the server.
    from kubegate.compose.options import Options
    from kubegate.compose.serving import run

    level = logging.WARNING if verbosity < 2 else logging.INFO if verbosity < 4 else logging.DEBUG
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    flags = Flags(MODELS, "ServeConfiguration", config_file, given)
    options = Options(
        flags.of(ServingOptions),
        flags.of(StorageOptions),
        flags.of(AuthnOptions),
        flags.of(AuthzOptions),
        flags.of(AdmissionOptions),
        flags.of(AuditOptions),
    )
    run(options)
    return Exit.OK
