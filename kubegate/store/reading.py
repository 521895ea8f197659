"""What every store whose objects are in memory answers alike: reads, watches and subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubegate.store.interface import Event, Key, Page, Stored, Watch
from kubegate.store.state import State


class StateReader:
    """The reading half of `interface.Store`, over a `State`."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def revision(self) -> int:
        """See `Store.revision`."""
        return self._state.revision

    def get(self, key: Key) -> Stored | None:
        """See `Store.get`."""
        return self._state.get(key)

    def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        limit: int = 0,
        after: Key | None = None,
        revision: int = 0,
    ) -> Page:
        """See `Store.list`."""
        return self._state.page(resource, namespace, limit, after, revision)

    def watch(self, resource: str, namespace: str = "", *, since: int) -> Watch:
        """See `Store.watch`; events from before this process cannot be watched."""
        return self._state.watch(resource, namespace, since)

    def subscribe(self, resource: str, callback: Callable[[Event], None]) -> Callable[[], None]:
        """See `Store.subscribe`."""
        return self._state.subscribe(resource, callback)

    def count(self, resource: str) -> int:
        """See `Store.count`."""
        return self._state.count(resource)

    def resources(self) -> Iterator[str]:
        """See `Store.resources`."""
        return self._state.resources()
