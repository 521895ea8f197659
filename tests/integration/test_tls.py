"""Client certificates over real TLS: whatever a client presents arrives, good or not, and the handshake succeeds."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from kubegate.apiserver.tls import peer_chain, server_ssl_context
from kubegate.testing.credentials import Authority, Issued, private_pem

SERVING, CLIENTS = Authority("serving").issue("server"), Authority("clients")
BELOW = Authority("below", CLIENTS)


def write(folder: Path, name: str, issued: Issued) -> tuple[Path, Path]:
    chain = "".join(ssl.DER_cert_to_PEM_cert(der) for der in issued.chain).encode()
    (folder / f"{name}.crt").write_bytes(issued.pem + chain)
    (folder / f"{name}.key").write_bytes(private_pem(issued.key))
    return folder / f"{name}.crt", folder / f"{name}.key"


def arrived(folder: Path, client: Issued | None, version: ssl.TLSVersion) -> tuple[bytes, ...]:
    """The chain that the server sees."""
    context = server_ssl_context(*write(folder, "server", SERVING))
    ours, theirs = socket.socketpair()
    seen: list[tuple[bytes, ...]] = []

    def serve() -> None:
        with context.wrap_socket(theirs, server_side=True) as connection:
            seen.append(peer_chain(connection))
            connection.sendall(b"x")

    thread = threading.Thread(target=serve)
    thread.start()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    asking.minimum_version = asking.maximum_version = version
    if client is not None:
        asking.load_cert_chain(*write(folder, "client", client))
    with asking.wrap_socket(ours) as connection:
        assert connection.recv(1) == b"x"
    thread.join()
    return seen[0]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    "client",
    [
        None,
        CLIENTS.issue("alice"),
        BELOW.issue("alice"),
        Authority("stranger").issue("mallory"),
        CLIENTS.issue("server only", usages=()),
    ],
    ids=["none", "good", "with an intermediate", "of a stranger", "of any use"],
)
def test_what_is_presented_arrives(tmp_path: Path, client: Issued | None, version: ssl.TLSVersion) -> None:
    assert arrived(tmp_path, client, version) == (client.presented if client is not None else ())


def test_no_connection_no_certificates() -> None:
    assert peer_chain(None) == ()
    assert peer_chain(socket.socket()) == ()
