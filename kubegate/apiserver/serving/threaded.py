"""gunicorn's threaded worker in one process, without its master.

The objects live in this process, so there is nothing for a master to restart or to multiply. Connections that say nothing
wait in a poller and cost no thread; a watch keeps one, so there may be many threads, made when they are needed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.sock import create_sockets
from gunicorn.workers.gthread import ThreadWorker

from kubegate.apiserver.serving import RAW_HEADERS
from kubegate.apiserver.serving.bounded_request import LIMITS, bound_requests
from kubegate.errors import ConfigurationError

_THREADS = 2048
_CONNECTIONS = 8192
_LOOK_SECONDS = 0.1
_SOCKET_TIMEOUT = 30
"""Seconds that a client may stall in the middle of a request or of taking an answer."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Serving:
    """``context`` tells the TLS context for a new connection (it changes on reload); ``wsgi`` answers. On SIGTERM
    ``unready`` is called, requests are served for ``delay`` more seconds, then ``stop`` is called (watches must end) and
    at most ``drain`` seconds are left for requests that are under way. ``reload`` is called on SIGHUP, ``ready`` when
    connections are accepted."""

    address: str
    port: int
    wsgi: Wsgi
    context: Callable[[], ssl.SSLContext]
    stop: Callable[[], None]
    reload: Callable[[], None]
    ready: Callable[[], None]
    unready: Callable[[], None] = lambda: None
    delay: float = 0.0
    drain: int = 10


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.serving.address}]" if ":" in self.serving.address else self.serving.address
        settings = {
            "bind": f"{host}:{self.serving.port}",
            "threads": _THREADS,
            "worker_connections": _CONNECTIONS,
            "keepalive": 120,
            "graceful_timeout": self.serving.drain,
            "timeout": 0,
            **LIMITS,
            # Makes the sockets TLS; the files are not read, the context comes from the hook.
            "certfile": os.devnull,
            "keyfile": os.devnull,
            "ssl_context": lambda config, default: self.serving.context(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        return _with_raw_headers(self.serving.wsgi)


def _with_raw_headers(wsgi: Wsgi) -> Wsgi:
    """Passes the header lines on as they came: WSGI joins repeated ones."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        message = getattr(getattr(start_response, "__self__", None), "req", None)
        if message is not None:
            environ[RAW_HEADERS] = message.headers
        return wsgi(environ, start_response)

    return call


class _Worker(ThreadWorker):  # type: ignore[misc]
    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, self._handle_reload)
        signal.signal(signal.SIGINT, self.handle_exit)

    def _handle_reload(self, number: int, frame: FrameType | None) -> None:
        self.method_queue.defer(self.app.serving.reload)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        serving: Serving = self.app.serving
        serving.unready()
        if serving.delay:
            threading.Timer(serving.delay, self._end).start()
        else:
            self._end()

    def _end(self) -> None:
        self.app.serving.stop()
        super().handle_exit(signal.SIGTERM, None)

    def is_parent_alive(self) -> bool:
        return True  # there is no master

    def accept(self, listener: Any) -> None:
        super().accept(_Limited(listener))

    def handle(self, conn: Any) -> Any:
        again = super().handle(conn)
        if not again:
            with contextlib.suppress(OSError):  # it may be closed already
                conn.close(graceful=True)
        return again

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Runs in the thread that accepts connections, where closing would wait for a client that does not close: `handle`
        has done that."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
        else:
            self.nr_conns -= 1

    def run(self) -> None:
        self.app.serving.ready()
        super().run()


class _Limited:
    """A listener whose connections do not wait for ever on a stalled client."""

    def __init__(self, listener: Any) -> None:
        self._listener = listener

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = self._listener.accept()
        limit = struct.pack("ll", _SOCKET_TIMEOUT, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def getsockname(self) -> Any:
        return self._listener.getsockname()


class _WithoutSignals(_Worker):
    def init_signals(self) -> None:
        """Signals belong to the process, and this worker is a guest in it."""


def serve(serving: Serving) -> None:
    """Answer until SIGTERM or SIGINT; returns when the last request is done. Raises ConfigurationError if the address
    cannot be used."""
    worker = _worker(serving, _Worker)
    worker.init_process()


class ServerThread:
    """The same in a thread of a process that does other things; no signal is heeded. Raises ConfigurationError if the
    address cannot be used."""

    def __init__(self, serving: Serving) -> None:
        self._accepting = threading.Event()
        self._worker = _worker(replace(serving, ready=self._ready(serving.ready)), _WithoutSignals)
        self._thread = threading.Thread(target=self._worker.init_process, name="kubegate-serving", daemon=True)

    def start(self) -> None:
        """Connections are accepted from now on. Raises ConfigurationError if it ends at once."""
        self._thread.start()
        while not self._accepting.wait(_LOOK_SECONDS):
            if not self._thread.is_alive():
                raise ConfigurationError("the server could not be started")

    def _ready(self, then: Callable[[], None]) -> Callable[[], None]:
        def ready() -> None:
            then()
            self._accepting.set()

        return ready

    def stop(self) -> None:
        """End as on SIGTERM, and wait for it."""
        self._worker.handle_exit(signal.SIGTERM, None)
        self._thread.join()
        self._worker.tmp.close()
        for descriptor in self._worker.PIPE:
            os.close(descriptor)


def _worker(serving: Serving, kind: type[_Worker]) -> _Worker:
    bound_requests()
    app = _Gunicorn(serving)
    log = app.cfg.logger_class(app.cfg)
    try:
        sockets = create_sockets(app.cfg, log)
    except (OSError, SystemExit) as error:
        raise ConfigurationError(f"cannot listen on {serving.address}:{serving.port}: {error}") from error
    worker = kind(0, os.getppid(), sockets, app, 0, app.cfg, log)
    worker.pid = os.getpid()
    return worker
