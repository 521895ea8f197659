"""Processes of kubegate for the tests of this folder."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kubegate.testing.api_server import ApiServer
from tests.second_chance import MARKER

UNVERIFIED = ssl._create_unverified_context()
PATIENCE = 60.0
"""Seconds that something may take on the slowest machine: only what never comes about takes so long."""
_TRIES = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that ask a server over a socket have a second chance (`tests.second_chance`)."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.path.parent == Path(__file__).parent and ("kubegate" in fixtures or "api_server" in fixtures):
            item.add_marker(MARKER)


@dataclass
class Running:
    """A `kubegate serve` or `kubegate webhook` that listens on ``port`` over TLS."""

    command: list[str]
    port: int
    log: Path
    context: ssl.SSLContext = UNVERIFIED
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "kubegate", *self.command], stdout=log, stderr=log)

        def ready() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            return self.ask("/readyz")[0] != 0

        eventually(ready)
        eventually(lambda: self.ask("/readyz")[0] == 200)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def ask(
        self, path: str, body: bytes | None = None, *, token: str = "", context: ssl.SSLContext | None = None
    ) -> tuple[int, str]:
        """GET, or POST a body; (0, error) if there is no answer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, context=context or self.context, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)


@dataclass
class Kubegate:
    """Starts processes in a folder of their own, and ends those that run."""

    folder: Path
    made: list[Running] = field(default_factory=list)

    def serve(self, *arguments: str, name: str = "serve") -> Running:
        """A `kubegate serve` in memory, without scheduler and controllers; its kubeconfig: `kubeconfig`."""
        own = ["--storage=memory", f"--data-dir={self.folder / name}", "--no-scheduler", "--controllers", ""]
        return self._run(name, lambda port: ["serve", *own, "--bind-address=127.0.0.1", f"--secure-port={port}", *arguments])

    def webhook(self, *arguments: str, name: str = "webhook", context: ssl.SSLContext = UNVERIFIED) -> Running:
        """A `kubegate webhook`; ``context``: how it is asked."""
        return self._run(name, lambda port: ["webhook", f"--port={port}", *arguments], context)

    def kubeconfig(self, name: str = "serve") -> Path:
        """That of the administrator of a `serve`."""
        return self.folder / name / "admin.kubeconfig"

    def _run(self, name: str, command: Callable[[int], list[str]], context: ssl.SSLContext = UNVERIFIED) -> Running:
        for left in reversed(range(_TRIES)):
            port = free_port()
            running = Running(command(port), port, self.folder / f"{name}.log", context)
            try:
                running.start()
                break
            except RuntimeError as error:
                if not left or "in use" not in str(error):  # another process was quicker
                    raise
        self.made.append(running)
        return running


@pytest.fixture(scope="module")
def kubegate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubegate]:
    started = Kubegate(tmp_path_factory.mktemp("kubegate"))
    yield started
    running = [made for made in started.made if made.process is not None and made.process.poll() is None]
    for made in reversed(running):  # who asks before who is asked
        made.stop()


SHARED_SERVER = """
import pytest

@pytest.fixture
def started_api_server(request, api_servers, api_server_flags):
    if api_server_flags:
        return api_servers(api_server_flags)
    # That of the outer session: to start one takes a second.
    plugins = request.config.pluginmanager.get_plugins()
    return next(plugin.outer_server for plugin in plugins if hasattr(plugin, "outer_server"))
"""


@dataclass(eq=False)
class InnerPytest:
    """Runs of pytest inside a test, over files of its own, with the server of the test."""

    pytester: pytest.Pytester
    outer_server: ApiServer
    """Found by `SHARED_SERVER`: this object is a plugin of the inner runs."""

    @property
    def path(self) -> Path:
        return self.pytester.path

    def write(self, files: dict[str, str]) -> None:
        """Files by name."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    def run(self, *args: str) -> pytest.RunResult:
        """In this process."""
        return self.pytester.runpytest_inprocess(*args, plugins=[self])


@pytest.fixture
def inner_pytest(pytester: pytest.Pytester, api_server: ApiServer) -> InnerPytest:
    inner = InnerPytest(pytester, api_server)
    inner.write({"conftest.py": SHARED_SERVER})
    return inner


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


@pytest.fixture(scope="session", name="eventually")
def _eventually() -> Callable[..., None]:
    return eventually


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
