"""Serving the decision endpoint: granian's worker processes, each with the policies in its own memory."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces, SSLProtocols
from granian.server.mp import MPServer

from kubegate.authz.access.index import RESOURCE as ACCESS_POLICIES
from kubegate.compose.authz import decides_by_access_policies
from kubegate.compose.feed.process import FeedProcess
from kubegate.compose.webhook_renewal import Renewal, check_certificates
from kubegate.errors import ConfigurationError, KubegateError
from kubegate.webhook.policy import LONGEST_PAUSE

if TYPE_CHECKING:
    from kubegate.compose.endpoint_options import EndpointOptions
    from kubegate.webhook.wsgi import Application

SPARE_THREADS = 8
"""Threads of a worker beside those of requests in flight: they refuse what is too much, and answer probes, while all others
wait for somebody else."""

_LOGGERS = {"loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}}}
"""Its messages go where ours go: standard output may be the decision log."""
_LOG = logging.getLogger("kubegate.webhook")
_NO_TLS = "without TLS nobody can show a certificate"


def run(options: EndpointOptions) -> None:
    """Serve until SIGTERM or SIGINT. SIGHUP, and a change of the certificate's files, renews the workers one by one, if new
    ones could start.

    Raises `KubegateError` if the policies cannot be loaded: the endpoint does not start without them."""
    own = options.webhook
    if bool(own.tls_cert_file) != bool(own.tls_private_key_file):
        raise ConfigurationError("--tls-cert-file and --tls-private-key-file go together")
    if options.authn.client_ca_file and not own.tls_cert_file:
        raise ConfigurationError("--client-ca-file needs --tls-cert-file and --tls-private-key-file", hint=_NO_TLS)
    certificates = (own.tls_cert_file, own.tls_private_key_file, options.authn.client_ca_file)
    check_certificates(*certificates)

    def check() -> None:
        check_certificates(*certificates)
        _load(options, "", "")

    # That there are more threads than processors is meant so.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in str(record.msg))
    with tempfile.TemporaryDirectory(prefix="kubegate-metrics-") as scratch:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = scratch
        began = time.monotonic()
        _load(options, "", "")  # once here: an error is told before anything listens
        seconds = time.monotonic() - began
        _check_address(own.bind_address, own.port)
        feed = FeedProcess(own.kubeconfig, scratch, _more(options)) if own.kubeconfig and own.workers > 1 else None
        server = _Server(
            "kubegate",
            address=own.bind_address,
            port=own.port,
            interface=Interfaces.WSGI,
            workers=own.workers,
            blocking_threads=own.max_in_flight + SPARE_THREADS,
            backpressure=max(2 * own.max_in_flight, 1024),  # connections
            respawn_failed_workers=True,
            respawn_interval=3.5 + 3 * seconds,  # the old one goes on until the new one has loaded the policies
            backlog=2048,
            log_access=False,
            log_dictconfig=_LOGGERS,
            websockets=False,
        )
        server.use(certificates)
        renewal = Renewal([path for path in certificates if path], check, lambda: server.renew(certificates))
        server.hup = renewal.ask
        renewal.watcher.start()
        if feed is not None:
            feed.start()
        try:
            server.serve(target_loader=partial(_worker, options, scratch, feed.path if feed else ""), wrap_loader=False)
        finally:
            if feed is not None:
                feed.stop()


class _Server(MPServer):
    """Granian's, whose workers are renewed by other files than they were started with."""

    hup: Callable[[], None]

    def signal_handler_reload(self, *signal: Any, **more: Any) -> None:
        """SIGHUP."""
        self.hup()

    def use(self, certificates: Sequence[str]) -> None:
        """New workers read these files. Granian resolves links, which lead elsewhere when certificates are renewed."""
        certificate, key, client_ca = (Path(path) if path else None for path in certificates)
        self.build_ssl_context(certificate, key, None, SSLProtocols.tls13, client_ca, [], bool(client_ca))

    def renew(self, certificates: Sequence[str]) -> None:
        """Start other workers in the place of those that run."""
        self.use(certificates)
        super().signal_handler_reload()  # type: ignore[no-untyped-call]


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


def _worker(options: EndpointOptions, scratch: str, feed: str) -> Application:
    """In a worker that takes the place of one that died, files may be wrong by now: it waits for them, the others go on."""
    pause = 1.0
    while True:
        try:
            return _load(options, scratch, feed)
        except KubegateError as error:
            _LOG.error("a worker waits for what it cannot load: %s", error)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _load(options: EndpointOptions, scratch: str, feed: str) -> Application:
    # Not at the top: the metrics library looks for the folder that workers share when it is imported.
    from kubegate.compose.webhook import build_endpoint

    return build_endpoint(options, multiprocess_dir=scratch, follow=bool(scratch), feed=feed)
