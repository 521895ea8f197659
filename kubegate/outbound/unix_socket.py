"""HTTP over a socket in the file system, which its directory's mode keeps to one user."""

from __future__ import annotations

import socket
from typing import Any

from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.timeout import _DEFAULT_TIMEOUT


def pool_class(path: str) -> type[HTTPConnectionPool]:
    """Pools whose connections go to ``path``, whatever host their URL names."""

    class Connection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            limit: Any = self.timeout
            if limit is not _DEFAULT_TIMEOUT:
                made.settimeout(limit)
            try:
                made.connect(path)
            except OSError as error:
                made.close()
                raise NewConnectionError(self, str(error)) from error
            return made

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    return Pool
