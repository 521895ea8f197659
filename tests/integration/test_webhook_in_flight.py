"""The decision endpoint while the webhook that it asks itself does not answer: an honest 429, and probes that pass."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kubegate.compose.pki import ensure_pki

IN_FLIGHT = 12
PATIENCE = 60.0


@dataclass
class Slow:
    """A webhook that allows everything, once it is let."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    let: threading.Event = field(default_factory=threading.Event)

    def answer(self, review: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(review["spec"]["user"])
        self.let.wait(PATIENCE)
        return {**review, "status": {"allowed": True}}


@pytest.fixture(scope="module")
def slow() -> Iterator[Slow]:
    webhook = Slow()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            answer = webhook.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield webhook
    webhook.let.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def endpoint(kubegate: Any, slow: Slow, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("endpoint")
    pki = ensure_pki(folder, ["127.0.0.1"], slow.url)
    kubeconfig = {
        "clusters": [{"name": "c", "cluster": {"server": slow.url}}],
        "contexts": [{"name": "x", "context": {"cluster": "c"}}],
        "current-context": "x",
    }
    (folder / "slow.kubeconfig").write_text(json.dumps(kubeconfig))
    return kubegate.webhook(
        "--workers=1",
        f"--max-in-flight={IN_FLIGHT}",
        "--authorization-mode=Webhook",
        f"--authorization-webhook-config-file={folder / 'slow.kubeconfig'}",
        f"--tls-cert-file={pki.certificate}",
        f"--tls-private-key-file={pki.key}",
        "--decision-log-path=-",
    )


def test_more_than_may_be_in_flight_are_refused_at_once(endpoint: Any, slow: Slow, eventually: Callable[..., None]) -> None:
    def ask(user: str) -> tuple[int, str]:
        spec = {"user": user, "resourceAttributes": {"verb": "get", "resource": "pods"}}
        review = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
        answer: tuple[int, str] = endpoint.ask("/authorize", json.dumps(review).encode())
        return answer

    slow.asked.clear()
    slow.let.clear()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        answers = [pool.submit(ask, f"u{number}") for number in range(IN_FLIGHT)]
        try:
            eventually(lambda: len(slow.asked) == IN_FLIGHT)
            assert ask("one more")[0] == 429
            assert endpoint.ask("/healthz") == endpoint.ask("/readyz") == (200, "ok")
            assert 'kubegate_refused_requests_total{code="429"} 1.0' in endpoint.ask("/metrics")[1]
        finally:
            slow.let.set()
        assert all(json.loads(answer.result()[1])["status"]["allowed"] for answer in answers)
    assert ask("one more")[0] == 200
