"""CVE-2022-3172: an aggregated API server redirected clients, whose credentials then went where it wanted.

Kubegate forwards to no other API server: what an APIService points at is unavailable, and no answer is ever a redirect.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import Any

import pytest

from kubegate.testing.http_client import Client

SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


@pytest.mark.parametrize("path", ["", "/things", "/namespaces/default/things/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_forwarded(method: str, path: str, admin: Client, namespace: str, made: Callable[..., Any]) -> None:
    group = f"{namespace}.cve-2022-3172.example"
    with socket.socket() as backend:
        backend.bind(("127.0.0.1", 0))
        backend.listen()
        backend.setblocking(False)
        service = {"namespace": namespace, "name": "api", "port": backend.getsockname()[1]}
        spec = {
            "group": group,
            "version": "v1",
            "groupPriorityMinimum": 1000,
            "versionPriority": 1,
            "insecureSkipTLSVerify": True,
            "service": service,
        }
        made(admin("POST", SERVICES, {"metadata": {"name": f"v1.{group}"}, "spec": spec}))
        external = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": service["port"]}]}
        made(admin("POST", f"/api/v1/namespaces/{namespace}/services", {"metadata": {"name": "api"}, "spec": external}))
        answer = admin(method, f"/apis/{group}/v1{path}", {} if method == "POST" else None)
        assert answer.code in (404, 503)
        assert "Location" not in answer.headers
        with pytest.raises(BlockingIOError):
            backend.accept()
    admin("DELETE", f"{SERVICES}/v1.{group}")


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/api//evil.example/..", "/apis"]
)
def test_no_path_is_answered_by_a_redirect(path: str, connect: Callable[..., http.client.HTTPSConnection]) -> None:
    for user in ("", "alice"):
        connection = connect(user)
        connection.putrequest("GET", path)
        connection.endheaders()
        answer = connection.getresponse()
        assert not 300 <= answer.status < 400
        assert answer.getheader("Location") is None
        answer.read()
