"""A real `kubegate serve` on its embedded store, with unmodified clients: kubectl and the official Python client."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client as official
from kubernetes import config as official_config
from kubernetes import watch as official_watch


@dataclass
class Server:
    """A server process over a data directory."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "data" / "admin.kubeconfig"

    def start(self) -> None:
        command = [sys.executable, "-m", "kubegate", "serve", "--data-dir", str(self.folder / "data"), "--no-scheduler"]
        command += ["--bind-address=127.0.0.1", f"--secure-port={self.port}", "--controllers", ""]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            if self.get("/readyz") == (200, "ok"):
                return
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(20)

    def get(self, path: str) -> tuple[int, str]:
        context = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{self.port}{path}", context=context, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"), free_port())
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def core(server: Server) -> official.CoreV1Api:
    return official.CoreV1Api(official_config.new_client_from_config(str(server.kubeconfig)))


def test_the_kubeconfig_is_private(server: Server) -> None:
    assert server.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert (server.folder / "data" / "ca.key").stat().st_mode & 0o777 == 0o600


def test_the_official_client(core: official.CoreV1Api) -> None:
    core.create_namespace({"metadata": {"name": "official"}})
    body = {"metadata": {"name": "a"}, "data": {"k": "v"}}
    made: Any = core.create_namespaced_config_map("official", body)
    assert core.read_namespaced_config_map("a", "official").metadata.uid == made.metadata.uid
    seen = []
    arguments = {"resource_version": made.metadata.resource_version, "timeout_seconds": 20}
    stream = official_watch.Watch()
    threading.Timer(0.3, core.patch_namespaced_config_map, ("a", "official", {"data": {"k": "w"}})).start()
    for event in stream.stream(core.list_namespaced_config_map, "official", **arguments):
        seen.append((event["type"], event["object"].data["k"]))
        stream.stop()
    assert seen == [("MODIFIED", "w")]


def test_half_open_connections_stop_nobody(server: Server) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    try:
        assert server.get("/readyz") == (200, "ok")
    finally:
        for connection in idle:
            connection.close()


def test_oversize_headers_are_refused(server: Server) -> None:
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.port)) as raw, context.wrap_socket(raw) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nX-Big: " + b"x" * (2 << 20) + b"\r\n\r\n")
        assert b" 431 " in connection.recv(4096).split(b"\r\n")[0] + b" "
    assert server.get("/readyz") == (200, "ok")


def test_objects_outlive_the_server(server: Server, core: official.CoreV1Api) -> None:
    core.create_namespaced_config_map("default", {"metadata": {"name": "kept"}, "data": {"k": "v"}})
    server.stop(signal.SIGKILL)
    server.start()
    assert core.read_namespaced_config_map("kept", "default").data == {"k": "v"}


def test_sigterm_ends_watches_and_the_process(server: Server, core: official.CoreV1Api) -> None:
    arguments = {"timeout_seconds": 60, "_preload_content": False, "watch": True}
    stream = core.list_namespaced_config_map("default", **arguments)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 15
    stream.close()
    server.start()
