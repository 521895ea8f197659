"""The pytest plugin: ``*.kubegate.yaml`` suites are collected; the fixture ``gate`` makes engines over manifests,
``api_server`` is a real server, ``operator`` an operator that works as its service account.

Everything of kubegate is imported where it is used: pytest imports this module before coverage starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubegate.testing import pytest_marker, pytest_operator
from kubegate.testing.pytest_suites import SuiteFile

if TYPE_CHECKING:
    from kubegate.testing.api_server import ApiServer
    from kubegate.testing.gate import Gate
    from kubegate.testing.people import Users


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    parser.getgroup("kubegate").addoption(
        pytest_operator.WRITE_ROLE,
        metavar="FILE",
        default="",
        help="Let the operators under test do anything, and write the least roles that allow what they asked.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and take in the other half of the plugin."""
    config.addinivalue_line("markers", pytest_marker.LINE)
    config.pluginmanager.register(pytest_operator, "kubegate-operator")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect suites."""
    if file_path.name.endswith(".kubegate.yaml"):
        collector: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
        return collector
    return None


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> Gate | Callable[..., Gate]:
    """With the marker ``kubegate(*paths)`` a `Gate` over those manifests, else a function that makes one of paths."""
    from kubegate.testing.gate import Gate

    folder, marked = Path(request.path).parent, pytest_marker.paths(request.node)
    if marked is None:
        return lambda *paths, **options: Gate.over(folder, paths, **options)
    return Gate.over(folder, marked[0], **marked[1])


@pytest.fixture(scope="session")
def users() -> Users:
    """Makes users for `gate` and `api_server`: ``users("alice", "devs")``, ``users.service_account("shop", "robot")``."""
    from kubegate.testing.people import Users

    return Users()


@pytest.fixture(scope="session")
def api_server_flags() -> dict[str, Any]:
    """The flags of `api_server`, as of ``kubegate serve`` with ``_`` for ``-``. Override it in a ``conftest.py``."""
    return {}


@pytest.fixture(scope="session")
def api_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[dict[str, Any]], ApiServer]]:
    """The servers that the tests of a session share: one for each set of flags that some folder asks for."""
    started: dict[str, ApiServer] = {}
    with ExitStack() as stack:

        def server(flags: dict[str, Any]) -> ApiServer:
            from kubegate.testing.api_server import api_server as start

            key = repr(sorted(flags.items()))
            if key not in started:
                started[key] = stack.enter_context(start(tmp_path_factory.mktemp("kubegate"), flags))
            return started[key]

        yield server


@pytest.fixture
def started_api_server(api_servers: Callable[[dict[str, Any]], ApiServer], api_server_flags: dict[str, Any]) -> ApiServer:
    """The server of these flags; use `api_server`, which puts it back after each test."""
    return api_servers(api_server_flags)


@pytest.fixture
def api_server(request: pytest.FixtureRequest, started_api_server: ApiServer) -> Iterator[ApiServer]:
    """A real API server, as fresh for each test: ``api_server.kubeconfig``, ``api_server.client()``. The marker
    ``kubegate(clock="2030-01-01T00:00:00Z")`` stops its clock."""
    moment = pytest_marker.option(request.node, "clock")
    if moment is not None:
        started_api_server.clock.set(moment)
    yield started_api_server
    started_api_server.reset()
