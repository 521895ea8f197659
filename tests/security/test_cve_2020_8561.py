"""CVE-2020-8561: whoever answers for a webhook redirected the server's requests into networks that it alone reaches.

The same holds for authentication, authorization and image-policy webhooks, which are asked by the same client: a redirect is
an answer that cannot be used, nobody else is asked, and no credential travels on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubegate.admission.plugins.image_policy_webhook import ImagePolicyModel, ImagePolicyWebhook
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.compose.authz import build_authz
from kubegate.config.authz import AuthzOptions
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import load_kubeconfig


class Service:
    """Answers each request with one status, and notes what it was asked."""

    def __init__(self, status: int, location: str = "") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.asked.append((self.path, dict(self.headers)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *arguments: Any) -> None:
                """Nothing on the terminal."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def inner() -> Iterator[Service]:
    """What only the server reaches."""
    service = Service(200)
    yield service
    service.close()


@pytest.fixture(params=[301, 302, 303, 307, 308])
def webhook(request: pytest.FixtureRequest, inner: Service) -> Iterator[Service]:
    """A webhook that sends its askers elsewhere."""
    service = Service(request.param, f"{inner.url}/latest/meta-data")
    yield service
    service.close()


@pytest.fixture
def kubeconfig(webhook: Service, tmp_path: Path) -> Path:
    path = tmp_path / "webhook.yaml"
    entries: dict[str, Callable[[], dict[str, str]]] = {
        "cluster": lambda: {"server": f"{webhook.url}/judge"},
        "user": lambda: {"token": "s3cret"},
        "context": lambda: {"cluster": "c", "user": "c"},
    }
    lists = {f"{kind}s": [{"name": "c", kind: make()}] for kind, make in entries.items()}
    path.write_text(yaml.safe_dump({"kind": "Config", "current-context": "c", **lists}))
    return path


@pytest.mark.parametrize("method", ["post", "get", "open"])
def test_the_client_follows_nobody(method: str, webhook: Service, inner: Service, kubeconfig: Path) -> None:
    client = Client(load_kubeconfig(str(kubeconfig)), timeout=60)
    asks: dict[str, Callable[[], Any]] = {
        "post": lambda: client.post(b"{}"),
        "get": lambda: client.get("/x"),
        "open": lambda: client.open("/x", idle=60),
    }
    assert 300 < asks[method]().status < 400
    assert (len(webhook.asked), inner.asked) == (1, [])


def test_an_authorization_webhook_that_redirects_allows_nothing(webhook: Service, inner: Service, kubeconfig: Path) -> None:
    chain = build_authz(AuthzOptions(authorization_mode=["Webhook"], authorization_webhook_config_file=str(kubeconfig)), {})
    assert not chain.authorize(Attributes(User.of("alice"), "get", resource="pods", namespace="shop")).allowed
    assert webhook.asked
    assert inner.asked == []


def test_an_image_policy_that_redirects_admits_nothing(
    webhook: Service, inner: Service, kubeconfig: Path, pod: Callable[..., dict[str, Any]], review: Callable[..., Any]
) -> None:
    client = Client(load_kubeconfig(str(kubeconfig)), timeout=60)
    plugin = ImagePolicyWebhook(ImagePolicyModel(kubeConfigFile=str(kubeconfig)), client, sleep=lambda seconds: None)
    assert plugin.validate(review(pod())) is not None
    assert inner.asked == []
