"""Answers of real sockets that come whole, too long, too slowly or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import urllib3

from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.exchange import AnswerTooLong, exchange
from kubegate.outbound.kubeconfig import Remote

Talk = Callable[[socket.socket], None]


@contextmanager
def service(talk: Talk) -> Iterator[str]:
    """A server that reads the head of each request and then does ``talk`` with the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(65536)
                        talk(connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def saying(body: bytes, length: int | None = None) -> Talk:
    head = b"HTTP/1.1 200 OK\r\nX-Some: thing\r\nContent-Length: %d\r\n\r\n" % (len(body) if length is None else length)
    return lambda connection: connection.sendall(head + body)


def dripping(connection: socket.socket) -> None:
    """Always something, never all of it."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b".")
        time.sleep(0.01)


def ask(url: str, longest: int = 100, timeout: float = 60) -> bytes:
    return exchange(urllib3.PoolManager(retries=False), "GET", url, {}, timeout=timeout, longest=longest).body


def test_a_whole_answer() -> None:
    with service(saying(b"x" * 100)) as url:
        answer = exchange(urllib3.PoolManager(retries=False), "GET", url, {}, timeout=60, longest=100)
    assert (answer.status, answer.body, answer.headers["x-some"]) == (200, b"x" * 100, "thing")


def test_one_byte_too_many() -> None:
    with service(saying(b"x" * 101)) as url, pytest.raises(AnswerTooLong):
        ask(url)


@pytest.mark.parametrize("talk", [dripping, saying(b"half", 8), lambda connection: None, lambda connection: time.sleep(1)])
def test_what_never_ends_does_not_hold_up(talk: Talk) -> None:
    with service(talk) as url, pytest.raises(urllib3.exceptions.HTTPError):
        ask(url, 1_000_000, timeout=0.3)


def test_an_answer_given_up_is_not_taken_for_the_next() -> None:
    def unfinished(connection: socket.socket) -> None:
        saying(b"a" * 200, length=1_000)(connection)
        connection.recv(1)  # returns when the other side has hung up

    pool, talks = urllib3.PoolManager(retries=False, maxsize=1), iter([unfinished, saying(b"b")])
    with service(lambda connection: next(talks)(connection)) as url:
        with pytest.raises(AnswerTooLong):
            exchange(pool, "GET", url, {}, timeout=60, longest=100)
        assert exchange(pool, "GET", url, {}, timeout=60, longest=100).body == b"b"


def test_clients_say_it_in_words() -> None:
    with service(dripping) as url:
        client = Client(Remote(url), timeout=0.2)
        with pytest.raises(Unavailable, match=rf'Post "{url}": context deadline exceeded'):
            client.post(b"{}")
        with pytest.raises(Unavailable, match="answer is longer than 5 bytes"):
            client.get("/x", longest=5, timeout=60)
