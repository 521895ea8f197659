"""The process that follows the cluster for all workers: started before them, started anew if it ends."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from kubegate.errors import ConfigurationError
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import Remote, load_kubeconfig

CLUSTER_TIMEOUT = 30.0
"""Seconds for a connection to the cluster, and for a page of a list."""
RESTART_PAUSE = 1.0
FIRST_LISTS = 5.0
"""Seconds that it waits for the cluster before it listens; what was not seen by then is answered 503."""
STARTED = 20.0
"""Seconds that workers wait for it to listen."""
LONGEST_PATH = 103
"""Bytes; what every system allows for a socket."""
_LOG = logging.getLogger("kubegate.cluster")


def feed_client(path: str) -> Client:
    """Asks the process that listens at ``path``."""
    return Client(Remote("http://feed", socket=path), timeout=CLUSTER_TIMEOUT, connections=64)


class FeedProcess:
    """Follows the cluster of a kubeconfig, and listens in ``folder``, which must be nobody else's. ``more``: resources that
    are followed besides those that always are. Raises `ConfigurationError` for a folder that no socket can be in."""

    def __init__(self, kubeconfig: str, folder: str, more: Sequence[str] = ()) -> None:
        self._more = tuple(more)
        self.path = str(Path(folder) / "feed.sock")
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            raise ConfigurationError(f"{self.path}: too long for the path of a socket", hint="set TMPDIR to a shorter one")
        self._kubeconfig = kubeconfig
        self._ending = threading.Event()
        # Spawned, not forked: this process has threads already.
        self._context = multiprocessing.get_context("spawn")
        self._process = self._spawn()
        self._supervisor = threading.Thread(target=self._supervise, name="feed-supervisor", daemon=True)

    def start(self) -> None:
        """Begin to follow, and see to it that it goes on."""
        self._process.start()
        self._supervisor.start()
        ends = time.monotonic() + STARTED
        while time.monotonic() < ends and not Path(self.path).exists():
            time.sleep(0.02)

    @property
    def process_id(self) -> int:
        """Of the process that runs now."""
        return self._process.pid or 0

    def stop(self) -> None:
        """End it."""
        self._ending.set()
        self._process.terminate()
        self._process.join(5)

    def _spawn(self) -> multiprocessing.context.SpawnProcess:
        return self._context.Process(target=follow, args=(self._kubeconfig, self.path, os.getpid(), self._more), daemon=True)

    def _supervise(self) -> None:
        while not self._ending.is_set():
            self._process.join()
            if self._ending.wait(RESTART_PAUSE):
                return
            _LOG.error("the process that follows the cluster ended with %s: started anew", self._process.exitcode)
            self._process = self._spawn()
            self._process.start()


def follow(kubeconfig: str, path: str, parent: int, more: Sequence[str]) -> None:
    """What the process does, for as long as the one that started it lives."""
    # Not at the top: the metrics library looks for the folder that processes share when it is imported.
    from kubegate.compose.feed.relay import Relay, RelayServer
    from kubegate.webhook.metrics import Metrics

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends this one
    Path(path).unlink(missing_ok=True)
    client = Client(load_kubeconfig(kubeconfig), timeout=CLUSTER_TIMEOUT, connections=64)
    relay = Relay(client, Metrics(str(Path(path).parent)), more)
    relay.start()
    relay.wait(FIRST_LISTS)
    with RelayServer(path, relay) as server:
        threading.Thread(target=_end_with, args=(parent,), name="parent-watcher", daemon=True).start()
        server.serve_forever(0.5)


def _end_with(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(1.0)
    os._exit(0)
