"""CVE-2022-3294 (and CVE-2020-8562): who may write Nodes gave one the address of something inside, and proxied to it."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest
from kubernetes import client as official

from kubegate.testing.api_server import ApiServer

ADDRESSES = {
    "loopback": [{"type": "InternalIP", "address": "127.0.0.1"}],
    "a name": [{"type": "Hostname", "address": "localhost"}],
    "metadata": [{"type": "InternalIP", "address": "169.254.169.254"}],
    "first good, then bad": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": "localhost"}],
}
PATHS = (
    "nodes/node-a/proxy/",
    "nodes/node-a:{port}/proxy/",
    "nodes/http:node-a:{port}/proxy/x",
    "nodes/localhost:{port}/proxy/",
)


@pytest.mark.parametrize("case", ADDRESSES)
@pytest.mark.parametrize("path", PATHS)
def test_nothing_inside_is_reached(
    path: str,
    case: str,
    api_server: ApiServer,
    cluster: int,
    unasked: Callable[[], bool],
    connect: Callable[..., http.client.HTTPSConnection],
) -> None:
    with api_server.client() as client:
        official.CoreV1Api(client).patch_node_status("node-a", {"status": {"addresses": ADDRESSES[case]}})
    alice = connect("alice")
    alice.request("GET", f"/api/v1/{path.format(port=cluster)}")
    answer = alice.getresponse()
    answer.read()
    assert answer.status in (404, 500, 503)
    assert unasked()
