"""How fast objects are written, listed, decoded and tracked: ``python -m benchmarks.store``."""

from __future__ import annotations

import copy
import tempfile
import time
import timeit
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from kubegate.api.apply.manager import Writer, server_side_apply, track_update
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.decode import decode, normalize
from kubegate.store.interface import Key, Store
from kubegate.store.memory import MemoryStore
from kubegate.store.sqlite import SqliteStore

POD = GroupVersionKind("", "v1", "Pod")
CLIENTS, WRITES, PODS = 8, 2000, 5000


def pod(number: int) -> Object:
    """A pod of about two kilobytes, like those that clients send."""
    env = [{"name": f"NAME_{n}", "value": "x" * 40} for n in range(12)]
    limits = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "64Mi"}}
    containers = [
        {
            "name": name,
            "image": f"registry.example.com/{name}:1.2.3",
            "env": env,
            "resources": limits,
            "ports": [{"containerPort": 80}],
        }
        for name in ("web", "proxy")
    ]
    meta = {"name": f"pod-{number}", "namespace": "bench", "labels": {"app": "web", "shard": str(number % 50)}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers}}


def microseconds(function: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(function, number=number, repeat=5)) / number * 1e6


def creates(store: Store, clients: int, count: int) -> float:
    """Creates a second by several clients at once."""
    bodies = [pod(number) for number in range(count)]

    def write(part: int) -> None:
        for number in range(part, count, clients):
            store.create(Key("pods", "bench", f"pod-{number}"), bodies[number])

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(write, range(clients)))
    return count / (time.perf_counter() - start)


def stores() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        store: Store = SqliteStore(path)
        many, one = creates(store, CLIENTS, WRITES), 0.0
        store.close()
        fresh: Store = SqliteStore(Path(folder) / "other.db")
        one = creates(fresh, 1, WRITES // 4)
        fresh.close()
        start = time.perf_counter()
        again = SqliteStore(path)
        opened = time.perf_counter() - start
        again.close()
    print(f"durable creates, {CLIENTS} clients     {many:9.0f} a second   (aim: at least 350)")
    print(f"durable creates, one client    {one:9.0f} a second")
    print(f"open a store of {WRITES} pods      {opened * 1000:9.0f} ms")
    memory = MemoryStore()
    print(f"creates in memory              {creates(memory, 1, PODS):9.0f} a second")
    print(f"list {PODS} pods               {microseconds(lambda: memory.list('pods'), 20) / 1000:9.2f} ms")
    print(f"list 500 of them               {microseconds(lambda: memory.list('pods', limit=500), 100):9.1f} us")


def codecs() -> None:
    body = orjson.dumps(pod(1))
    obj = decode(body, "application/json", POD)[0]
    writer = Writer(POD, "bench", "2026-01-01T00:00:00Z")

    def tracked() -> Any:
        new = copy.copy(obj)
        new["metadata"] = dict(obj["metadata"])
        track_update(None, new, writer)
        return new

    live = tracked()
    live["metadata"]["uid"] = "u"

    def changed() -> None:
        new = {**live, "metadata": {**live["metadata"], "labels": {"a": "b"}}}
        track_update(live, new, writer)

    config = orjson.loads(body)
    rows: tuple[tuple[str, Callable[[], object], int], ...] = (
        (f"decode a pod of {len(body)} bytes", lambda: decode(body, "application/json", POD), 200),
        ("normalize it", lambda: normalize(POD, obj), 200),
        ("ownership of a create", tracked, 100),
        ("ownership of a label change", changed, 100),
        ("server-side apply", lambda: server_side_apply(live, config, writer, force=True), 50),
    )
    for name, work, number in rows:
        print(f"{name:30} {microseconds(work, number):9.1f} us")


if __name__ == "__main__":
    stores()
    codecs()
