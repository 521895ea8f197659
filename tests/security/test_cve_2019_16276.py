"""CVE-2019-16276: headers with a space before the colon passed proxies as something else than they meant behind them.

Of its kind: requests that two readers cut differently (CVE-2025-22871, bare line feeds). Each is refused, the connection is
closed, and what follows on it is never read as a request.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import pytest

SECRETS = "/api/v1/namespaces/kube-system/secrets"
NEXT = "GET /livez HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n"
CUT_DIFFERENTLY = {
    "a space before the colon": "Content-Length : 0\r\n\r\n",
    "a space before the colon of the coding": "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a length and chunks": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(NEXT)}\r\n\r\n",
    "a list of lengths": f"Content-Length: 0, {len(NEXT)}\r\n\r\n",
    "a length with a sign": "Content-Length: +0\r\n\r\n",
    "a length that is no number": "Content-Length: 0x0\r\n\r\n",
    "an unknown coding": "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n",
    "chunks that are not last": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a chunk's length with a prefix": "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a line feed in a chunk's extension": "Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
    "a folded line": "X-A: b\r\n Content-Length: 0\r\n\r\n",
    "a bare line feed": "X-A: b\nContent-Length: 0\r\n\r\n",
    "a bare carriage return": "X-A: b\rContent-Length: 0\r\n\r\n",
    "a NUL": "X-A: b\0c\r\n\r\n",
}


@pytest.mark.parametrize("how", CUT_DIFFERENTLY)
def test_requests_that_two_readers_cut_differently_end_the_connection(
    how: str, cluster: int, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    answers = exchange(connect("alice"), f"POST /version HTTP/1.1\r\nHost: k\r\n{CUT_DIFFERENTLY[how]}{NEXT}")
    assert b" 200 " not in answers
    assert 1 <= answers.count(b"HTTP/1.1 ") <= 2, answers


def test_what_follows_a_whole_request_is_answered(cluster: int, connect: Callable[..., http.client.HTTPSConnection]) -> None:
    answers = exchange(connect("alice"), f"POST /version HTTP/1.1\r\nHost: k\r\nContent-Length: 0\r\n\r\n{NEXT}")
    assert answers.count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize(
    "claim", ["X-Remote-User : {}", "X_Remote_User: {}", "Impersonate-User : {}", "Impersonate_User: {}"]
)
def test_misspelt_headers_make_nobody_else(
    claim: str, cluster: int, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    head = f"GET {SECRETS} HTTP/1.1\r\nHost: k\r\nConnection: close\r\n"
    assert b" 200 " not in exchange(connect("alice"), f"{head}{claim.format('system:admin')}\r\n\r\n")
    as_admin = exchange(connect("root", "system:masters"), f"{head}{claim.format('nobody')}\r\n\r\n")
    assert as_admin.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 200 ")), as_admin


def exchange(connection: http.client.HTTPSConnection, sent: str) -> bytes:
    """Everything that the server answers until it closes the connection."""
    connection.connect()
    stream: Any = connection.sock
    stream.sendall(sent.encode())
    received = b""
    while piece := stream.recv(65536):
        received += piece
    return received
