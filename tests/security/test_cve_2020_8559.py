"""CVE-2020-8559 (and CVE-2018-1002102): a compromised kubelet answered an upgrade with a redirect to another node, which was
followed with the server's own credentials.

Here no kubelet is called, so that there is nothing to follow. Webhooks are called: test_cve_2020_8561.py.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

UPGRADE = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
VERBS = ("exec?command=id&container=c", "attach?container=c", "portforward?ports=80", "proxy/", "log?container=c&follow=1")


@pytest.fixture
def redirecting(kubelet: socket.socket) -> Iterator[list[bytes]]:
    """The kubelet sends whoever calls elsewhere; what it was asked."""
    asked: list[bytes] = []
    kubelet.setblocking(True)

    def answer() -> None:
        try:
            connection, _ = kubelet.accept()
        except OSError:
            return
        with connection:
            asked.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/steal\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield asked
    kubelet.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("verb", VERBS)
def test_no_redirect_is_followed_or_passed_on(
    verb: str, redirecting: list[bytes], cluster: int, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    alice = connect("alice")
    alice.request("GET", f"/api/v1/namespaces/default/pods/p/{verb}", headers=UPGRADE)
    answer = alice.getresponse()
    body = answer.read()
    assert not 300 <= answer.status < 400
    assert (answer.getheader("Location"), b"steal" in body) == (None, False)
    assert redirecting == []
