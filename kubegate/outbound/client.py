"""A small HTTPS client for webhooks: one service, kept-alive connections, bounded time and size, failures as values.

Redirects are not followed and proxies not used: a webhook is asked where the configuration says, nowhere else.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from typing import Any
from urllib.parse import urlsplit

import urllib3

from kubegate.api.duration import SECOND, format_duration
from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound.exchange import Answer, AnswerTooLong, exchange
from kubegate.outbound.kubeconfig import Remote
from kubegate.outbound.renewed import Certificate, Token
from kubegate.outbound.stream import Stream
from kubegate.outbound.unix_socket import pool_class

MAX_ANSWER = 3 * 1024 * 1024
"""Bytes of an answer that are read; a longer one is a failure."""


class Client:
    """Asks one remote service. Safe for use by several threads."""

    def __init__(self, remote: Remote, *, timeout: float, connections: int = 16) -> None:
        self.remote = remote
        self.timeout = timeout
        self._connections = connections
        secure = remote.server.startswith("https:")
        self._pool = self._connect(_tls(remote) if secure else None)
        self._certificate = Certificate(remote, _tls) if secure and remote.certificate_file else None
        self._token = Token(remote) if remote.token_file else None
        self._own_headers = {"Content-Type": "application/json", "Accept": "application/json, */*", "User-Agent": "kubegate"}
        if remote.token:
            self._own_headers["Authorization"] = f"Bearer {remote.token}"
        elif remote.username:
            pair = base64.b64encode(f"{remote.username}:{remote.password}".encode()).decode()
            self._own_headers["Authorization"] = f"Basic {pair}"

    def _connect(self, context: ssl.SSLContext | None) -> urllib3.PoolManager:
        options: dict[str, Any] = {}
        if context is not None:
            options["ssl_context"] = context
            if self.remote.server_name:
                options["server_hostname"] = self.remote.server_name
        pool = urllib3.PoolManager(maxsize=self._connections, retries=False, **options)
        if self.remote.socket:
            pool.pool_classes_by_scheme = {"http": pool_class(self.remote.socket)}
        return pool

    def _pool_now(self) -> urllib3.PoolManager:
        """The connections, made anew when the client certificate has been renewed."""
        context = self._certificate.renewed() if self._certificate is not None else None
        if context is not None:
            self._pool = self._connect(context)
        return self._pool

    def _headers_now(self) -> dict[str, str]:
        if self._token is None:
            return self._own_headers
        return {**self._own_headers, "Authorization": f"Bearer {self._token.current()}"}

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        """POST to the service's own URL; raises `Unavailable` in Go's words when there is no answer in time."""
        return self._request("POST", self.remote.server, query, body, timeout)

    def get(self, path: str, *, timeout: float | None = None, longest: int = MAX_ANSWER) -> Answer:
        """GET ``path`` below the service's URL, at most ``longest`` bytes of it; raises `Unavailable`."""
        return self._request("GET", self.remote.server.rstrip("/") + path, "", None, timeout, longest)

    def open(self, path: str, *, idle: float) -> Stream:
        """GET ``path`` below the service's URL as a stream, whatever its status; ``idle``: seconds without a byte after
        which it counts as broken. Raises `Unavailable` in Go's words."""
        url = self.remote.server.rstrip("/") + path

        def words(error: urllib3.exceptions.HTTPError) -> Unavailable:
            return Unavailable(f'Get "{url}": {_words(error, url)}')

        try:
            response = self._pool_now().request(
                "GET",
                url,
                headers=self._headers_now(),
                timeout=urllib3.Timeout(connect=self.timeout, read=idle),
                redirect=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise words(error) from error
        return Stream(response, words)

    def _request(
        self, method: str, url: str, query: str, body: bytes | None, timeout: float | None, longest: int = MAX_ANSWER
    ) -> Answer:
        full, verb = f"{url}?{query}" if query else url, method.capitalize()
        limit = self.timeout if timeout is None else timeout
        try:
            return exchange(self._pool_now(), method, full, self._headers_now(), timeout=limit, longest=longest, body=body)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f'{verb} "{full}": {_words(error, url)}') from error
        except AnswerTooLong as error:
            raise Unavailable(f'{verb} "{full}": answer is longer than {longest} bytes') from error


def query_timeout(seconds: float) -> str:
    """The ``timeout=3s`` that client-go adds to the URL."""
    return f"timeout={format_duration(int(seconds * SECOND))}"


def _tls(remote: Remote) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=remote.ca.decode() or None)
        if remote.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if remote.client_certificate:
            # The standard library loads keys from files only: one that nobody else can read, gone at once.
            with tempfile.NamedTemporaryFile(suffix=".pem") as pem:
                pem.write(remote.client_certificate + b"\n" + remote.client_key)
                pem.flush()
                context.load_cert_chain(pem.name)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError(f"unusable TLS settings for {remote.server}: {error}") from error
    return context


def _words(error: urllib3.exceptions.HTTPError, url: str) -> str:
    """The cause as Go's net/http names it."""
    place = urlsplit(url)
    port = place.port or (443 if place.scheme == "https" else 80)
    address = f"{place.hostname}:{port}"
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return f"dial tcp: lookup {place.hostname}: no such host"
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # before its base class, a timeout
        return f"dial tcp {address}: connect: connection refused"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return f"dial tcp {address}: i/o timeout"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"tls: failed to verify certificate: {_certificate_words(error, place.hostname or '')}"
    return "EOF"


def _certificate_words(error: urllib3.exceptions.SSLError, host: str) -> str:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = cause.verify_message
        if "expired" in text:
            return "x509: certificate has expired or is not yet valid"
        if "ostname" in text or "IP address" in text:
            return f"x509: certificate is not valid for any names, but wanted to match {host}"
        return "x509: certificate signed by unknown authority"
    return "tls: handshake failure"
