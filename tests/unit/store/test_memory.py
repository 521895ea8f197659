"""The memory backend."""

from kubegate.errors import Compacted
from kubegate.store.conformance import PODS, StoreConformance, drain, fails, pod
from kubegate.store.interface import Store
from kubegate.store.memory import MemoryStore


class TestMemoryStore(StoreConformance):
    def make(self) -> Store:
        return MemoryStore()


def test_history_is_bounded_and_a_watch_that_is_too_slow_is_told() -> None:
    store = MemoryStore(history=5)
    slow = store.watch(PODS, since=0)
    stored = store.create(*pod("a"))
    for number in range(20):
        stored = store.update(*pod("a", n=number), expected=stored.revision)
    assert fails(Compacted, lambda: slow.next(0))
    assert len(drain(store.watch(PODS, since=stored.revision - 3))) == 3
