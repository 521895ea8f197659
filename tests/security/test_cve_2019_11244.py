"""CVE-2019-11244: files that should be their owner's alone were readable or writable for everybody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubegate.store.interface import Key
from kubegate.store.sqlite import SqliteStore
from kubegate.testing.api_server import api_server


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Nothing is kept from others but by who makes a file."""
    old = os.umask(0)
    yield
    os.umask(old)


def test_keys_and_kubeconfigs_are_their_owners_alone(tmp_path: Path) -> None:
    with api_server(tmp_path / "data", {"storage": "memory"}) as server:
        server.kubeconfig_of("alice")
    private = [path for path in (tmp_path / "data").rglob("*") if path.suffix in (".key", ".kubeconfig", ".db", ".pem")]
    assert {path.suffix for path in private} >= {".key", ".kubeconfig"}
    assert [str(path) for path in private if path.stat().st_mode & 0o077] == []


def test_the_store_is_its_owners_alone_in_a_folder_that_is_not(tmp_path: Path) -> None:
    """It holds Secrets, and so does its journal."""
    tmp_path.chmod(0o755)
    store = SqliteStore(tmp_path / "kubegate.db")
    try:
        store.create(Key("secrets", "shop", "s"), {"metadata": {"name": "s"}})
        files = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        store.close()
    assert set(files) >= {"kubegate.db", "kubegate.db-wal"}
    assert set(files.values()) == {0o600}
