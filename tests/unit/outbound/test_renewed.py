"""Tokens and client certificates that are renewed in their files."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kubegate.errors import ConfigurationError
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import Remote
from kubegate.outbound.renewed import Certificate, Token


def put(path: Path, text: str) -> None:
    """Another content, in another file of the name: as a volume is renewed."""
    new = path.with_name("next")
    new.write_text(text)
    new.replace(path)


def test_a_token_is_that_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    put(file, "first")
    token = Token(Remote("https://h", token="first", token_file=str(file)))
    assert token.current() == "first"
    put(file, "later\n")
    assert token.current() == "later"
    for content in ("", " \n"):
        put(file, content)
        assert token.current() == "later"
    file.unlink()
    assert token.current() == "later"
    (tmp_path / "next").write_bytes(b"\xff")
    (tmp_path / "next").replace(file)
    assert token.current() == "later"
    put(file, "third")
    assert token.current() == "third"


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The Authorization headers that a service on loopback is asked with; the first is its URL."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            heard.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    heard.append(f"http://127.0.0.1:{server.server_port}/")
    yield heard
    server.shutdown()
    server.server_close()


def test_a_client_asks_with_the_token_of_the_moment(asked: list[str], tmp_path: Path) -> None:
    put(tmp_path / "token", "one")
    client = Client(Remote(asked.pop(), token="one", token_file=str(tmp_path / "token")), timeout=60)
    client.post(b"")
    put(tmp_path / "token", "two")
    client.post(b"")
    assert asked == ["Bearer one", "Bearer two"]


def test_a_certificate_is_used_once_it_belongs_to_its_key(tmp_path: Path) -> None:
    certificate, key = tmp_path / "crt", tmp_path / "key"
    put(certificate, "1")
    put(key, "1")
    used: list[bytes] = []

    def make(remote: Remote) -> ssl.SSLContext:
        if remote.client_certificate != remote.client_key:
            raise ConfigurationError("they do not belong together")
        used.append(remote.client_key)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    followed = Certificate(Remote("https://h", certificate_file=str(certificate), key_file=str(key)), make)
    assert followed.renewed() is None
    put(certificate, "2")
    assert followed.renewed() is None  # its key comes later
    put(key, "2")
    assert followed.renewed() is not None
    assert followed.renewed() is None
    key.unlink()
    assert followed.renewed() is None
    assert used == [b"2"]
