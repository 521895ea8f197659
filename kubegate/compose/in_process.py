"""An API server in a thread of the caller's process, for tests: as `compose.serving.run`, without signals and reload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubegate.apiserver.serving.threaded import ServerThread, Serving
from kubegate.compose.application import Application, build_application
from kubegate.compose.background import build_background
from kubegate.compose.controllers import controller_options
from kubegate.compose.options import Options
from kubegate.compose.serving import tls_context, with_own_keys
from kubegate.compose.surroundings import Surroundings
from kubegate.server import create_app


@contextmanager
def running(options: Options, surroundings: Surroundings | None = None) -> Iterator[Application]:
    """The application behind a listening server. Raises `errors.ConfigurationError` if the flags cannot be used."""
    options, pki = with_own_keys(options)
    serving, context = options.serving, tls_context(options)
    application = build_application(options, surroundings)
    background = build_background(
        serving,
        lambda: application.pipeline,
        application.store,
        application.core.catalog,
        controller_options(options.data_dir, serving.tls_cert_file, pki, options.authn.service_account_signing_key_file),
        surroundings,
    )
    try:
        server = ServerThread(
            Serving(
                address=serving.bind_address,
                port=serving.secure_port,
                wsgi=create_app(lambda: application).wsgi_app,
                context=lambda: context,
                stop=application.stop,
                reload=application.reload,
                ready=lambda: None,
                unready=application.unready,
                drain=0,
            )
        )
        background.start()
        server.start()
        try:
            yield application
        finally:
            server.stop()
    finally:
        background.stop()
        application.close()
