"""`kubegate webhook`: the decision endpoint that a kube-apiserver asks."""

from __future__ import annotations

import logging
from typing import Any

import click

from kubegate.cli.exit_codes import Exit
from kubegate.cli.model_options import Flags, SuggestingCommand, model_options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions

MODELS = (WebhookOptions, AuthnOptions, AuthzOptions, AdmissionOptions)


@click.command("webhook", cls=SuggestingCommand)
@model_options(*MODELS)
@click.option(
    "--print-apiserver-config", is_flag=True, help="Print the files that a kube-apiserver needs to ask this endpoint."
)
@click.option("-v", "--v", "verbosity", type=int, default=0, help="Log verbosity: 0 warnings, 2 what happens, 4 details.")
def command(config_file: str, verbosity: int, print_apiserver_config: bool, **given: Any) -> int:
    """Answer SubjectAccessReview, TokenReview, AdmissionReview and ImageReview by the policies given.

    Paths: POST /authorize, /authorize/batch, /authenticate, /mutate, /validate, /image-review;
    GET /healthz, /livez, /readyz, /metrics.

    Policies are loaded anew when their files change; if they cannot be, the last good ones go on serving.

    With --client-ca-file every connection must show a certificate of these authorities, probes and scrapes too; with
    --allowed-token-file every question needs a token. Given both, both are needed.
    """
    # Here, so that `kubegate webhook --help` does not load the server.
    from kubegate.compose.endpoint_options import EndpointOptions
    from kubegate.compose.webhook_serving import run
    from kubegate.webhook.apiserver_config import documents

    level = logging.WARNING if verbosity < 2 else logging.INFO if verbosity < 4 else logging.DEBUG
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # connections beyond those kept alive are no mishap
    flags = Flags(MODELS, "WebhookConfiguration", config_file, given)
    options = EndpointOptions(
        flags.of(WebhookOptions), flags.of(AuthnOptions), flags.of(AuthzOptions), flags.of(AdmissionOptions)
    )
    if print_apiserver_config:
        click.echo(documents(options.webhook, client_certificates=bool(options.authn.client_ca_file)), nl=False)
        return Exit.OK
    run(options)
    return Exit.OK
