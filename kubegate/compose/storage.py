"""Storage flags -> a store."""

from __future__ import annotations

from kubegate.config.storage import StorageOptions
from kubegate.errors import ConfigurationError
from kubegate.store.interface import Store
from kubegate.store.memory import MemoryStore


def open_store(options: StorageOptions) -> Store:
    """The store that the flags ask for; raises `ConfigurationError` or `StoreCorrupt`."""
    if options.etcd_servers or options.storage == "etcd":
        raise ConfigurationError("this version has no etcd backend: use --storage sqlite or memory")
    if options.storage == "memory":
        return MemoryStore()
    # Here: the memory store needs no database library.
    from pathlib import Path

    from kubegate.store.sqlite import SqliteStore

    folder = Path(options.data_dir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return SqliteStore(folder / "kubegate.db")
