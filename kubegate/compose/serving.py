"""A running server: certificates, the application, its sockets, reload and the end."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from kubegate.apiserver.serving.threaded import Serving, serve
from kubegate.apiserver.tls import server_ssl_context
from kubegate.bundle.signature import signature
from kubegate.compose.application import Application, build_application
from kubegate.compose.authz import policy_files
from kubegate.compose.background import build_background
from kubegate.compose.controllers import controller_options
from kubegate.compose.options import Options
from kubegate.compose.pki import Pki, ensure_pki, ensure_signing_key
from kubegate.errors import ConfigurationError, KubegateError
from kubegate.server import create_app
from kubegate.webhook.policy import Watcher

POLICY_INTERVAL = 1.0
"""Seconds between two looks at the files that authorization is made from."""

_LOG = logging.getLogger(__name__)


def run(options: Options) -> None:
    """Serve until SIGTERM. Raises `errors.ConfigurationError` if the flags cannot be used."""
    options, pki = with_own_keys(options)
    context = tls_context(options)
    # Made before they are read: what changes meanwhile is a change.
    watcher = Watcher(lambda: signature(policy_files(options.authz)), lambda: state.reload_policies(), POLICY_INTERVAL)
    application = build_application(options)
    state = _State(options, application, context)
    app = create_app(lambda: application)
    background = build_background(
        options.serving,
        lambda: application.pipeline,
        application.store,
        application.core.catalog,
        controller_options(
            options.data_dir, options.serving.tls_cert_file, pki, options.authn.service_account_signing_key_file
        ),
    )
    try:
        background.start()
        watcher.start()
        serve(
            Serving(
                address=options.serving.bind_address,
                port=options.serving.secure_port,
                wsgi=app.wsgi_app,
                context=lambda: state.context,
                stop=application.stop,
                reload=state.reload,
                ready=lambda: _announce(options, pki),
                unready=application.unready,
                delay=options.serving.shutdown_delay_duration,
            )
        )
    finally:
        watcher.stop()
        background.stop()
        application.close()


@dataclass
class _State:
    options: Options
    application: Application
    context: ssl.SSLContext

    def reload(self) -> None:
        """Read certificates and policy files anew; the last good ones stay in force if the new cannot be used."""
        self._reloaded()

    def reload_policies(self) -> None:
        """The same, since the files have changed that authorization is made from: counted as their reload."""
        done = self._reloaded()
        self.application.core.metrics.authorization.reloaded(success=done)
        if done:
            _LOG.info("authorization reloaded: its files have changed")

    def _reloaded(self) -> bool:
        try:
            self.context = tls_context(self.options)
            self.application.reload()
        except (KubegateError, OSError, ValueError) as error:
            _LOG.error("reload failed, the configuration stays as it was: %s", error)  # it says where
            return False
        return True


def tls_context(options: Options) -> ssl.SSLContext:
    """The context of the server's certificate as it is in its files now. Raises `ConfigurationError` if it is unusable."""
    serving, client_ca = options.serving, options.authn.client_ca_file
    try:
        return server_ssl_context(
            Path(serving.tls_cert_file),
            Path(serving.tls_private_key_file),
            client_ca=Path(client_ca) if client_ca else None,
        )
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"unable to load server certificate {serving.tls_cert_file}: {error}") from error


def with_own_keys(options: Options) -> tuple[Options, Pki | None]:
    """The options with the server's own certificates and keys where no flags name any."""
    serving, authn, folder = options.serving, options.authn, options.data_dir
    pki = None
    if not serving.tls_cert_file:
        pki = ensure_pki(folder, _addresses(options), _url(options))
        serving = serving.model_copy(update={"tls_cert_file": str(pki.certificate), "tls_private_key_file": str(pki.key)})
        if not authn.client_ca_file:
            authn = authn.model_copy(update={"client_ca_file": str(pki.ca)})
    if not authn.service_account_signing_key_file and not authn.service_account_key_file:
        key = str(ensure_signing_key(folder / "service-account.key"))
        authn = authn.model_copy(update={"service_account_signing_key_file": key, "service_account_key_file": [key]})
    return replace(options, serving=serving, authn=authn), pki


def _addresses(options: Options) -> list[str]:
    names = ["localhost", "127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", socket.gethostname()]
    network = ipaddress.ip_network(options.serving.service_cluster_ip_range.split(",")[0], strict=False)
    names += ["kubernetes.default.svc.cluster.local", str(network[1])]
    if options.serving.bind_address not in ("0.0.0.0", "::"):
        names.append(options.serving.bind_address)
    return list(dict.fromkeys(names))


def _url(options: Options) -> str:
    address = options.serving.bind_address
    host = "127.0.0.1" if address in ("0.0.0.0", "::") else address
    return f"https://{host}:{options.serving.secure_port}"


def _announce(options: Options, pki: Pki | None) -> None:
    print(f"kubegate serves {_url(options)}", file=sys.stderr)
    if pki is not None:
        print(f"next: kubectl --kubeconfig {pki.kubeconfig} get namespaces", file=sys.stderr)
    sys.stderr.flush()
