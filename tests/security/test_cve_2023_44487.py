"""CVE-2023-44487 (and CVE-2019-9512, 9514): floods of HTTP/2 frames. Only HTTP/1.1 is spoken: it is never negotiated."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from kubegate.testing.api_server import ApiServer


def test_http_2_is_not_spoken(api_server: ApiServer) -> None:
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    place = urlsplit(api_server.url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as plain, context.wrap_socket(plain) as stream:
        assert stream.selected_alpn_protocol() != "h2"
        stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        assert not stream.recv(4096).startswith(b"\x00\x00")
