"""The pytest plugin: ``*.kubegate.yaml`` suites are collected; the fixture ``gate`` makes engines over manifests,
``api_server`` is a real server.

Everything of kubegate is imported where it is used: pytest imports this module before coverage starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kubegate.testing.api_server import ApiServer
    from kubegate.testing.gate import Gate
    from kubegate.testing.result import Result


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "kubegate(*paths): the manifests of the `gate` fixture, relative to the test's file")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect suites."""
    if file_path.name.endswith(".kubegate.yaml"):
        collector: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
        return collector
    return None


class SuiteFile(pytest.File):
    """One suite; each case is a test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Run the cases (they take microseconds) and make an item of each result."""
        from kubegate.testing.runner import run_suite

        for number, result in enumerate(run_suite(self.path)):
            item: CaseItem = CaseItem.from_parent(self, name=f"{number}: {result.name}", result=result)
            yield item


class CaseFailed(Exception):
    """A case does not hold."""


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, result: Result, **options: Any) -> None:
        super().__init__(**options)
        self.result = result

    def runtest(self) -> None:
        """Fail with the explanation."""
        if not self.result.passed:
            raise CaseFailed(f"{self.result.failure}\n{self.result.explanation}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The explanation instead of a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, CaseFailed) else str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, None, self.name


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> Gate | Callable[..., Gate]:
    """With the marker ``kubegate(*paths)`` a `Gate` over those manifests, else a function that makes one of paths."""
    from kubegate.testing.gate import Gate

    folder = Path(request.path).parent
    marker = request.node.get_closest_marker("kubegate")
    if marker is None:
        return lambda *paths, **options: Gate.over(folder, paths, **options)
    return Gate.over(folder, marker.args, **marker.kwargs)


@pytest.fixture(scope="session")
def api_server_flags() -> dict[str, Any]:
    """The flags of `api_server`, as of ``kubegate serve`` with ``_`` for ``-``. Override it in a ``conftest.py``."""
    return {}


@pytest.fixture(scope="session")
def started_api_server(tmp_path_factory: pytest.TempPathFactory, api_server_flags: dict[str, Any]) -> Iterator[ApiServer]:
    """The server that the tests of a session share; use `api_server`, which puts it back after each test."""
    from kubegate.testing.api_server import api_server as start

    with start(tmp_path_factory.mktemp("kubegate"), api_server_flags) as server:
        yield server


@pytest.fixture
def api_server(started_api_server: ApiServer) -> Iterator[ApiServer]:
    """A real API server, as fresh for each test: ``api_server.kubeconfig``, ``api_server.client()``."""
    yield started_api_server
    started_api_server.reset()
