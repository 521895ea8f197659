"""Clients that take their time hold up nobody else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable

import pytest

GARBAGE = b"\0\0\0\r\n\r\n"
LAST_REQUEST = b"GET /livez HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("sent", [LAST_REQUEST, GARBAGE], ids=["last request", "garbage"])
def test_a_connection_that_the_client_does_not_close(
    sent: bytes,
    cluster: int,
    connect: Callable[..., http.client.HTTPSConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server has said that it closes the connection and waits for the client to do so as well, here without end. Where
    connections are accepted nobody may wait for that."""
    closing, closed = threading.Event(), threading.Event()

    def wait_for_the_client(sock: object) -> None:
        closing.set()
        closed.wait(120)

    monkeypatch.setattr("gunicorn.util.close_graceful", wait_for_the_client)
    try:
        first = connect()
        first.connect()
        assert first.sock is not None
        first.sock.sendall(sent)
        assert first.sock.recv(4096).startswith(b"HTTP/1.1 ")
        assert closing.wait(60)
        monkeypatch.undo()
        second = connect()
        second.request("GET", "/livez")
        assert second.getresponse().read() == b"ok"
    finally:
        closed.set()
