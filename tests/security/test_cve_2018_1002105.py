"""CVE-2018-1002105: after a failed upgrade the server passed on whatever followed on the connection, with its own rights.

Kubegate connects to no node, pod or service at all: whatever passes the checks ends in an error, nobody is called, and each
request on a connection is judged for itself.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import pytest

SECRETS = "/api/v1/namespaces/kube-system/secrets"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io"}
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
}
PATHS = [
    "/api/v1/namespaces/default/pods/p/exec?command=id&container=c&stdout=1",
    "/api/v1/namespaces/default/pods/p/attach?container=c&stdout=1",
    "/api/v1/namespaces/default/pods/p/portforward?ports=80",
    "/api/v1/namespaces/default/pods/p/log?container=c",
    "/api/v1/namespaces/default/pods/p/proxy/",
    "/api/v1/namespaces/default/services/s/proxy/",
    "/api/v1/nodes/node-a/proxy/run/kube-system/x/c?cmd=id",
    "/api/v1/nodes/127.0.0.1:{port}/proxy/",
    "/api/v1/nodes/https:node-a:{port}/proxy/pods",
]


@pytest.mark.parametrize("headers", [UPGRADE, WEBSOCKET, {}], ids=["SPDY", "WebSocket", "plain"])
@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_called_and_nothing_is_upgraded(
    path: str,
    headers: dict[str, str],
    cluster: int,
    unasked: Callable[[], bool],
    connect: Callable[..., http.client.HTTPSConnection],
) -> None:
    alice = connect("alice")
    alice.request("GET", path.format(port=cluster), headers=headers)
    answer = alice.getresponse()
    body = answer.read()
    assert answer.status >= 400, body
    assert answer.status not in (401, 403), body
    assert answer.getheader("Location") is None
    assert unasked()


@pytest.mark.parametrize(
    "first", [PATHS[0], PATHS[4], "/apis/none.example/v1/things", "/api/v1/namespaces/default/pods/gone/exec"]
)
@pytest.mark.parametrize("user", ["alice", ""], ids=["alice", "anonymous"])
def test_what_follows_an_upgrade_is_judged_for_itself(
    user: str, first: str, cluster: int, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    """Both requests are sent at once, so that the second one would be passed on by whoever passes on."""
    answers = exchange(connect(user), request(first, UPGRADE) + request(SECRETS, {"Connection": "close"}))
    assert b" 101 " not in answers
    assert b" 200 " not in answers
    assert b'"items"' not in answers


@pytest.mark.parametrize(
    "claim", [{"X-Remote-User": "system:admin", "X-Remote-Group": "system:masters"}, {"Impersonate-User": "admin"}]
)
def test_claims_after_an_upgrade_are_none(
    claim: dict[str, str], cluster: int, connect: Callable[..., http.client.HTTPSConnection]
) -> None:
    answers = exchange(connect("alice"), request(PATHS[0], UPGRADE) + request(SECRETS, {"Connection": "close", **claim}))
    assert b" 200 " not in answers


def request(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: kubegate", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def exchange(connection: http.client.HTTPSConnection, sent: bytes) -> bytes:
    """Everything that the server answers until it closes the connection."""
    connection.connect()
    stream: Any = connection.sock
    stream.sendall(sent)
    received = b""
    while piece := stream.recv(65536):
        received += piece
    return received
