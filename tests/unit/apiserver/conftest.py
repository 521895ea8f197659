"""An API server in this process, over the memory store, and a client that speaks to its Flask application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubegate.compose.application import Application
from kubegate.server import create_app
from kubegate.testing.http_client import Client
from tests.in_process import in_process

TOKENS = """admin-token,admin,1,system:masters
nobody-token,nobody,2,
"""


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One for all tests of this folder: each uses a namespace of its own."""
    with in_process(tmp_path_factory.mktemp("apiserver"), TOKENS, disable=("ServiceAccount",)) as made:
        yield made


@pytest.fixture(scope="session")
def client(application: Application) -> Client:
    """The administrator."""
    return Client(create_app(lambda: application).test_client(), "admin-token")


@pytest.fixture
def namespace(client: Client, request: pytest.FixtureRequest) -> str:
    """A fresh namespace, named after the test."""
    name = request.node.name.partition("[")[0].replace("_", "-")[:50].strip("-").lower()
    suffix = abs(hash(request.node.nodeid)) % 10**8
    answer = client("POST", "/api/v1/namespaces", {"metadata": {"name": f"{name}-{suffix}"}})
    assert answer.code == 201, answer.body
    return f"{name}-{suffix}"
