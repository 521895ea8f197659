"""Renewing the workers of the decision endpoint: when certificates change, or SIGHUP asks.

New workers read certificates and policies from files, and take the place of the old ones even if they cannot start. So it is
tried here first; while something is wrong with a file the old workers go on with what they have.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubegate.bundle.signature import signature
from kubegate.errors import ConfigurationError, KubegateError
from kubegate.webhook.policy import Watcher

_LOG = logging.getLogger("kubegate.webhook")


class Renewal:
    """Calls ``renew`` when a file of ``paths`` has changed or `ask` was called, if ``check`` does not raise."""

    def __init__(self, paths: list[str], check: Callable[[], object], renew: Callable[[], object]) -> None:
        self._check = check
        self._renew = renew
        self._asked = 0
        self.watcher = Watcher(lambda: (self._asked, signature(paths)), self.attempt)

    def ask(self, *signal: Any) -> None:
        """Renew soon; fit for a handler of signals."""
        self._asked += 1

    def attempt(self) -> bool:
        """Renew, or say what is in the way."""
        try:
            self._check()
        except (KubegateError, OSError, ValueError) as error:
            _LOG.error("the workers are not renewed, they go on with what they have: %s", error)
            return False
        self._renew()
        return True


def check_certificates(certificate: str, key: str, client_ca: str) -> None:
    """Raises `ConfigurationError` if one cannot serve with them."""
    for path in (certificate, key, client_ca):
        if path and not Path(path).is_file():
            raise ConfigurationError(f"open {path}: no such file or directory")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        if certificate:
            context.load_cert_chain(certificate, key, password=_no_password)
        if client_ca:
            context.load_verify_locations(client_ca)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"unable to serve with {certificate}, {key} and {client_ca or 'no client authority'}: {error}",
            hint="a certificate and its key must belong together",
        ) from error


def _no_password() -> str:
    raise ValueError("the key is encrypted")
