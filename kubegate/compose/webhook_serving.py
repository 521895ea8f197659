"""Serving the decision endpoint: granian's worker processes, each with the policies in its own memory."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces

from kubegate.authz.access.index import RESOURCE as ACCESS_POLICIES
from kubegate.compose.authz import decides_by_access_policies
from kubegate.compose.feed.process import FeedProcess
from kubegate.errors import ConfigurationError
from kubegate.webhook.policy import Watcher

if TYPE_CHECKING:
    from kubegate.compose.endpoint_options import EndpointOptions
    from kubegate.webhook.wsgi import Application

THREADS = 8
"""Threads of a worker: decisions take microseconds, so more than a few only matter where others are asked."""


def run(options: EndpointOptions) -> None:
    """Serve until SIGTERM or SIGINT. SIGHUP, and a change of the certificate's files, renews the workers one by one.

    Raises `KubegateError` if the policies cannot be loaded: the endpoint does not start without them."""
    own = options.webhook
    if bool(own.tls_cert_file) != bool(own.tls_private_key_file):
        raise ConfigurationError("--tls-cert-file and --tls-private-key-file go together")
    for path in (own.tls_cert_file, own.tls_private_key_file):
        if path and not Path(path).is_file():
            raise ConfigurationError(f"open {path}: no such file or directory")
    with tempfile.TemporaryDirectory(prefix="kubegate-metrics-") as scratch:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = scratch
        _load(options, "", "")  # once here: an error is told before anything listens
        _check_address(own.bind_address, own.port)
        feed = FeedProcess(own.kubeconfig, scratch, _more(options)) if own.kubeconfig and own.workers > 1 else None
        server = Granian(
            "kubegate",
            address=own.bind_address,
            port=own.port,
            interface=Interfaces.WSGI,
            workers=own.workers,
            blocking_threads=THREADS,
            backlog=2048,
            log_access=False,
            websockets=False,
            ssl_cert=Path(own.tls_cert_file) if own.tls_cert_file else None,
            ssl_key=Path(own.tls_private_key_file) if own.tls_private_key_file else None,
            ssl_ca=Path(options.authn.client_ca_file) if options.authn.client_ca_file else None,
            ssl_client_verify=bool(options.authn.client_ca_file),
        )
        _renew_on_change([own.tls_cert_file, own.tls_private_key_file, options.authn.client_ca_file])
        if feed is not None:
            feed.start()
        try:
            server.serve(target_loader=partial(_load, options, scratch, feed.path if feed else ""), wrap_loader=False)
        finally:
            if feed is not None:
                feed.stop()


def _check_address(address: str, port: int) -> None:
    """Workers that cannot listen would say so with a traceback, each."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ConfigurationError(f"cannot listen on {address}:{port}: {why}") from error


def _more(options: EndpointOptions) -> list[str]:
    """What is followed of a cluster besides what always is."""
    return [ACCESS_POLICIES] if decides_by_access_policies(options.authz) else []


def _renew_on_change(paths: list[str]) -> None:
    from kubegate.bundle.signature import signature

    files = [path for path in paths if path]
    if files:
        Watcher(lambda: signature(files), lambda: os.kill(os.getpid(), signal.SIGHUP), 5.0).start()


def _load(options: EndpointOptions, scratch: str, feed: str) -> Application:
    # Not at the top: the metrics library looks for the folder that workers share when it is imported.
    from kubegate.compose.webhook import build_endpoint

    return build_endpoint(options, multiprocess_dir=scratch, follow=bool(scratch), feed=feed)
