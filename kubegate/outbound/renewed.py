"""Credentials that are renewed in their files: tokens of service accounts are every hour, client certificates now and then.

A new one counts when it can be used; until then the last one does. Source: client-go ``transport`` (token_source,
cert_rotation), which look at the files once in a while; here they are looked at for each question.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kubegate.errors import ConfigurationError
from kubegate.outbound.kubeconfig import Remote

_LOG = logging.getLogger("kubegate.outbound")


class Followed:
    """Files of which the last changes have been noticed."""

    def __init__(self, *paths: str) -> None:
        self._paths = paths
        self._seen = self._look()

    def changed(self) -> bool:
        """Have they changed since the last look?"""
        now = self._look()
        if now == self._seen:
            return False
        self._seen = now
        return True

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        try:
            states = [Path(path).stat() for path in self._paths]
        except OSError:
            return ()
        return tuple((state.st_mtime_ns, state.st_size, state.st_ino) for state in states)


class Token:
    """The bearer token of a service, as its file has it now."""

    def __init__(self, remote: Remote) -> None:
        self._file = remote.token_file
        self._followed = Followed(remote.token_file)
        self._token = remote.token

    def current(self) -> str:
        """The token; the last good one while the file has none."""
        if self._followed.changed():
            try:
                self._token = Path(self._file).read_text(encoding="utf-8").strip() or self._token
            except (OSError, ValueError) as error:
                _LOG.warning("the token in %s cannot be read, the last one is used: %s", self._file, error)
        return self._token


class Certificate:
    """Notices that a client certificate or its key was renewed."""

    def __init__(self, remote: Remote, make: Callable[[Remote], ssl.SSLContext]) -> None:
        self._remote = remote
        self._make = make
        self._followed = Followed(remote.certificate_file, remote.key_file)

    def renewed(self) -> ssl.SSLContext | None:
        """A context with what the files have now, if that is new and can be used."""
        if not self._followed.changed():
            return None
        certificate, key = self._remote.certificate_file, self._remote.key_file
        try:
            pair = {"client_certificate": Path(certificate).read_bytes(), "client_key": Path(key).read_bytes()}
            return self._make(replace(self._remote, **pair))  # type: ignore[arg-type]
        except (OSError, ConfigurationError) as error:
            _LOG.warning("the client certificate in %s cannot be used, the last one is: %s", certificate, error)
            return None
