"""CVE-2018-1002105: after a failed upgrade the server passed on whatever followed on the connection, with its own rights.

Its kind: CVE-2018-1002102, CVE-2020-8559 (redirects of an upgrade were followed), CVE-2022-3294, CVE-2020-8562 (the checks
of a node's address could be got round). Kubegate connects to no node, pod or service at all: whatever passes the checks
ends in an error, nobody is called, and each request on a connection is judged for itself.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes import client as official

from kubegate.testing.api_server import ApiServer

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
RESOURCES = [*(f"pods/{use}" for use in ("exec", "attach", "portforward", "log", "proxy")), "services/proxy", "nodes/proxy"]


@pytest.fixture
def kubelet() -> Iterator[socket.socket]:
    """Somebody who listens on the address of node-a."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening


@pytest.fixture
def cluster(api_server: ApiServer, kubelet: socket.socket) -> int:
    """node-a with a pod and a service that point at the listener; its port. Alice may use pods, services and nodes."""
    port: int = kubelet.getsockname()[1]
    containers = [{"name": "c", "image": "i", "ports": [{"containerPort": port}]}]
    rules = [{"apiGroups": [""], "resources": RESOURCES, "verbs": ["*"]}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    addresses = [{"ip": "127.0.0.1"}]
    with api_server.client() as client:
        core, rbac = official.CoreV1Api(client), official.RbacAuthorizationV1Api(client)
        core.create_node({"metadata": {"name": "node-a"}})
        core.patch_node_status("node-a", {"status": status})
        core.create_namespaced_pod(
            "default", {"metadata": {"name": "p"}, "spec": {"nodeName": "node-a", "containers": containers}}
        )
        core.patch_namespaced_pod_status("p", "default", {"status": {"podIP": "127.0.0.1", "podIPs": addresses}})
        core.create_namespaced_service("default", {"metadata": {"name": "s"}, "spec": {"ports": [{"port": port}]}})
        rbac.create_cluster_role({"metadata": {"name": "r"}, "rules": rules})
        rbac.create_cluster_role_binding({"metadata": {"name": "b"}, "roleRef": role, "subjects": [subject]})
    return port


def nobody_called(kubelet: socket.socket) -> bool:
    try:
        kubelet.accept()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("headers", [UPGRADE, WEBSOCKET, {}], ids=["SPDY", "WebSocket", "plain"])
@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_called_and_nothing_is_upgraded(
    path: str,
    headers: dict[str, str],
    cluster: int,
    kubelet: socket.socket,
    connect: Callable[..., http.client.HTTPSConnection],
) -> None:
    alice = connect("alice")
    alice.request("GET", path.format(port=cluster), headers=headers)
    answer = alice.getresponse()
    body = answer.read()
    assert answer.status >= 400, body
    assert answer.status not in (401, 403), body
    assert answer.getheader("Location") is None
    assert nobody_called(kubelet)


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
