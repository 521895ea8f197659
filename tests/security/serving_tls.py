"""HTTPS services of tests: who listens on this machine, with which certificate, and what he was asked."""

from __future__ import annotations

import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.testing.credentials import Authority, Issued, private_pem

Asked = list[tuple[str, Mapping[str, str]]]
"""The path and headers of each request."""
NOWHERE: Mapping[str, str] = {}


def serving(authority: Authority, *names: str, **more: Any) -> Issued:
    """A server's certificate for DNS names and addresses."""
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    extensions = [(x509.SubjectAlternativeName(found), False), (signer, False)]
    return authority.issue("server", usages=(ExtendedKeyUsageOID.SERVER_AUTH,), extensions=extensions, **more)


@contextmanager
def https_service(folder: Path, certificate: Issued, locations: Mapping[str, str] = NOWHERE) -> Iterator[tuple[int, Asked]]:
    """Answers requests with 200, or a redirect to where ``locations`` says for the path; its port, and what it was asked."""
    asked: Asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.path, dict(self.headers)))
            location = locations.get(self.path)
            self.send_response(302 if location else 200)
            if location:
                self.send_header("Location", location.format(port=self.server.server_address[1]))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *arguments: Any) -> None:
            """Nothing on the terminal."""

    pem = folder / "serving.pem"
    chain = "".join(ssl.DER_cert_to_PEM_cert(der) for der in certificate.chain).encode()
    pem.write_bytes(certificate.pem + chain + private_pem(certificate.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
