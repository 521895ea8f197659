"""How long a server for tests takes to start, and to be put back after a test: ``python -m benchmarks.testing``."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from kubegate.api.user import MASTERS
from kubegate.compose.internal_client import InternalClient
from kubegate.testing.api_server import ApiServer, api_server

ROUNDS = 15
PATHS = {
    "config maps": ("/api/v1/namespaces/default/configmaps", {"data": {"key": "x" * 100}}),
    "pods": ("/api/v1/namespaces/default/pods", {"spec": {"containers": [{"name": "c", "image": "i"}]}}),
    "role bindings": (
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}},
    ),
}


def reset(server: ApiServer, client: InternalClient, kind: str, count: int) -> list[tuple[float, float]]:
    """Milliseconds of resets after so many objects were created: passed, and worked (the rest are others on the machine)."""
    path, body = PATHS[kind]
    taken = []
    for _ in range(ROUNDS):
        for number in range(count):
            client.create(path, {"metadata": {"name": f"n{number}"}, **body})
        start, worked = time.perf_counter(), time.thread_time()
        server.reset()
        taken.append(((time.perf_counter() - start) * 1e3, (time.thread_time() - worked) * 1e3))
    return taken


def main() -> None:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, api_server(Path(folder)) as server:
        print(f"start: {time.perf_counter() - start:.2f} s")
        client = InternalClient(lambda: server.application.pipeline, "system:admin", MASTERS)
        for kind in PATHS:
            for count in (10, 100):
                passed, worked = zip(*reset(server, client, kind, count), strict=True)
                figures = f"median {statistics.median(passed):.2f} ms, longest {max(passed):.2f} ms"
                figures += f"; of processor time at most {max(worked):.2f} ms"
                print(f"reset after {count} {kind}: {figures} (goal 5 ms)")


if __name__ == "__main__":
    main()
