"""CVE-2019-11244: files that should be their owner's alone were readable or writable for everybody."""

from __future__ import annotations

import os
from pathlib import Path

from kubegate.testing.api_server import api_server


def test_keys_and_kubeconfigs_are_their_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with api_server(tmp_path / "data", {"storage": "memory"}) as server:
            server.kubeconfig_of("alice")
    finally:
        os.umask(old)
    private = [path for path in (tmp_path / "data").rglob("*") if path.suffix in (".key", ".kubeconfig", ".db", ".pem")]
    assert {path.suffix for path in private} >= {".key", ".kubeconfig"}
    assert [str(path) for path in private if path.stat().st_mode & 0o077] == []
