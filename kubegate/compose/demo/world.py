"""A whole API server without sockets, in a folder of its own, and clients with certificates of its CA."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kubegate.api.names import Object
from kubegate.apiserver.messages import Request
from kubegate.compose.application import Application, build_application
from kubegate.compose.background import build_background
from kubegate.compose.controllers import controller_options
from kubegate.compose.options import Options
from kubegate.compose.pki import client_certificate
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

WAIT = 20.0
"""Seconds that the story waits for controllers and scheduler."""


@dataclass(frozen=True)
class Client:
    """Somebody with a client certificate; every request goes through authentication."""

    application: Application
    certificate: bytes

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Object]:
        """(HTTP code, answer)."""
        content = b"" if body is None else orjson.dumps(body)
        headers = {"accept": ["application/json"], "content-type": ["application/json"], "user-agent": ["demo"]}
        request = Request(
            method, path, headers=headers, read_body=lambda limit: content, certificates=(self.certificate,), uri=path
        )
        response = self.application.handle(request)
        answer = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        return response.code, orjson.loads(answer)


@dataclass(frozen=True)
class World:
    """The server and its folder."""

    application: Application
    folder: Path

    def client(self, name: str, *groups: str) -> Client:
        """A client with a fresh certificate: CN is the user, each O a group."""
        return Client(self.application, client_certificate(self.folder, name, groups))


@contextmanager
def world(folder: Path, manifests: list[str], nodes: int) -> Iterator[World]:
    """Start the server on SQLite with its controllers, scheduler and hollow nodes; end it afterwards."""
    options = Options(
        ServingOptions(hollow_nodes=nodes, bootstrap_manifests=manifests),
        StorageOptions(data_dir=str(folder)),
        AuthnOptions(),
        AuthzOptions(),
        AdmissionOptions(),
        AuditOptions(),
    )
    options, pki = with_own_keys(options)
    application = build_application(options)
    background = build_background(
        options.serving,
        lambda: application.pipeline,
        application.store,
        application.core.catalog,
        controller_options(
            options.data_dir, options.serving.tls_cert_file, pki, options.authn.service_account_signing_key_file
        ),
    )
    background.start()
    try:
        yield World(application, folder)
    finally:
        background.stop()
        application.close()


def until(holds: Callable[[], Any], seconds: float = WAIT) -> Any:
    """The first true value of ``holds``, or its last value when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = holds()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)
