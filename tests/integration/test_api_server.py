"""A real `kubegate serve` on its embedded store, with unmodified clients: kubectl and the official Python client."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as official
from kubernetes import config as official_config
from kubernetes import watch as official_watch

from kubegate.apiserver.serving.bounded_request import MAX_HEADER_BYTES


@pytest.fixture(scope="module")
def server(kubegate: Any) -> Any:
    """With its objects on disk."""
    return kubegate.serve("--storage=sqlite")


@pytest.fixture(scope="module")
def kubeconfig(kubegate: Any, server: Any) -> Path:
    path: Path = kubegate.kubeconfig()
    return path


@pytest.fixture(scope="module")
def core(kubeconfig: Path) -> official.CoreV1Api:
    return official.CoreV1Api(official_config.new_client_from_config(str(kubeconfig)))


def test_the_kubeconfig_is_private(kubeconfig: Path) -> None:
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert kubeconfig.with_name("ca.key").stat().st_mode & 0o777 == 0o600


def test_the_official_client(core: official.CoreV1Api) -> None:
    core.create_namespace({"metadata": {"name": "official"}})
    body = {"metadata": {"name": "a"}, "data": {"k": "v"}}
    made: Any = core.create_namespaced_config_map("official", body)
    assert core.read_namespaced_config_map("a", "official").metadata.uid == made.metadata.uid
    seen = []
    arguments = {"resource_version": made.metadata.resource_version, "timeout_seconds": 60}
    stream = official_watch.Watch()
    threading.Timer(0.3, core.patch_namespaced_config_map, ("a", "official", {"data": {"k": "w"}})).start()
    for event in stream.stream(core.list_namespaced_config_map, "official", **arguments):
        seen.append((event["type"], event["object"].data["k"]))
        stream.stop()
    assert seen == [("MODIFIED", "w")]


def test_half_open_connections_stop_nobody(server: Any) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    try:
        assert server.ask("/readyz") == (200, "ok")
    finally:
        for connection in idle:
            connection.close()


def test_oversize_headers_are_refused(server: Any) -> None:
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.port)) as raw, context.wrap_socket(raw) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nX-Big: " + b"x" * MAX_HEADER_BYTES)
        assert b" 431 " in connection.recv(4096).split(b"\r\n")[0] + b" "
    assert server.ask("/readyz") == (200, "ok")


def test_objects_outlive_the_server(server: Any, core: official.CoreV1Api) -> None:
    core.create_namespaced_config_map("default", {"metadata": {"name": "kept"}, "data": {"k": "v"}})
    server.stop(signal.SIGKILL)
    server.start()
    assert core.read_namespaced_config_map("kept", "default").data == {"k": "v"}


def test_sigterm_ends_watches_and_the_process(server: Any, core: official.CoreV1Api) -> None:
    arguments = {"timeout_seconds": 3600, "_preload_content": False, "watch": True}
    stream: Any = core.list_namespaced_config_map("default", **arguments)
    assert server.stop() == 0
    stream.read()  # raises if the answer was broken off
    server.start()
