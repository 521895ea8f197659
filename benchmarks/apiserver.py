"""The API server over TLS on its embedded store: start, memory, lists of 5,000 pods, durable creates by 8 clients.

``python -m benchmarks.apiserver``; every figure is the median of several runs against one server of its own.
"""

from __future__ import annotations

import base64
import concurrent.futures
import http.client
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

PODS = 5_000
CLIENTS = 8
CREATES = 1_600


def pod(number: int, namespace: str, size: int = 300) -> dict[str, Any]:
    """A pod of about 2 kB; one in fifty has the label ``pick=yes``."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"pod-{number}",
            "namespace": namespace,
            "labels": {"app": f"app-{number % 20}", "pick": "yes" if number % 50 == 0 else "no"},
            "annotations": {"note": "x" * size},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": "nginx:1.25", "resources": {"requests": {"cpu": "10m"}}}],
        },
    }


class Server:
    """A server in a folder, and connections to it as its administrator."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "kubegate", "serve", "--data-dir", str(folder), "--secure-port", str(self.port)]
        command += ["--bind-address", "127.0.0.1", "--no-scheduler", "--controllers", ""]
        began = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.kubeconfig = folder / "admin.kubeconfig"
        self._wait(folder)
        self.started = time.perf_counter() - began

    def _wait(self, folder: Path) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        while True:
            try:
                connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=2)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.02)

    def connect(self, folder: Path) -> http.client.HTTPSConnection:
        """A kept-alive connection with the administrator's certificate."""
        pem = folder / "client.pem"
        if not pem.exists():
            user = yaml.safe_load(self.kubeconfig.read_text())["users"][0]["user"]
            parts = (user["client-certificate-data"], user["client-key-data"])
            pem.write_bytes(b"".join(map(base64.b64decode, parts)))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(str(pem))
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)

    @property
    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def ask(connection: http.client.HTTPSConnection, method: str, path: str, body: Any = None) -> bytes:
    """One request; raises for anything but success."""
    content = json.dumps(body) if body is not None else None
    connection.request(method, path, content, {"Content-Type": "application/json", "Accept": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path}: {response.status}: {answer[:300]!r}")
    return answer


def creates(server: Server, folder: Path, namespace: str, total: int) -> float:
    """Durable creates a second by several clients at once."""

    def work(client: int) -> None:
        connection = server.connect(folder)
        for number in range(client, total, CLIENTS):
            ask(connection, "POST", f"/api/v1/namespaces/{namespace}/pods", pod(number, namespace))

    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(work, range(CLIENTS)))
    return total / (time.perf_counter() - began)


def median_ms(server: Server, folder: Path, path: str, runs: int = 9) -> tuple[float, int]:
    """Milliseconds of a GET, and the size of its answer in bytes."""
    connection = server.connect(folder)
    times, size = [], 0
    for _ in range(runs):
        began = time.perf_counter()
        size = len(ask(connection, "GET", path))
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times), size


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        server = Server(folder)
        try:
            print(f"start to /readyz: {server.started:.2f} s (first start: keys are made); idle: {server.memory:.0f} MB")
            connection = server.connect(folder)
            for namespace in ("load", "list"):
                body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
                ask(connection, "POST", "/api/v1/namespaces", body)
                account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
                ask(connection, "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
            rate = creates(server, folder, "load", CREATES)
            print(f"durable creates of pods by {CLIENTS} clients: {rate:.0f} a second")
            creates(server, folder, "list", PODS)
            for title, query in (("all", ""), ("with a label selector that keeps 100", "?labelSelector=pick%3Dyes")):
                took, size = median_ms(server, folder, f"/api/v1/namespaces/list/pods{query}")
                print(f"list of {PODS} pods, {title}: {took:.0f} ms ({size / 1e6:.1f} MB)")
            print(f"memory with {PODS + CREATES} pods: {server.memory:.0f} MB")
        finally:
            server.process.terminate()
            server.process.wait(20)
        again = Server(folder)
        print(f"start to /readyz with {PODS + CREATES} pods stored: {again.started:.2f} s")
        again.process.terminate()
        again.process.wait(20)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
