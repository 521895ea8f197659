"""The contract of a store: objects under keys, one revision counter, compare-and-swap, watches from a revision.

Every backend runs the same conformance suite (`store.conformance`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from kubegate.api.names import Object


class Key(NamedTuple):
    """Where an object is: qualified resource (``pods``, ``deployments.apps``), namespace ("" if cluster-scoped), name."""

    resource: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An object at a revision. ``object`` must not be changed: it is shared. ``encoded`` is the same object as compact
    JSON, with ``metadata.resourceVersion`` set to ``revision``."""

    key: Key
    revision: int
    object: Object
    encoded: bytes


class EventType(StrEnum):
    """What happened to an object; DELETED carries its last state at the revision of the deletion."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Event:
    """A change. ``previous`` is the state before (None for ADDED): selectors need it to tell what left a selection."""

    type: EventType
    stored: Stored
    previous: Stored | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A consistent snapshot, or a page of it, in the order of (namespace, name). ``revision`` is the snapshot's;
    ``next_key`` is None on the last page, else the key to go on after; ``remaining`` counts what is left."""

    items: Sequence[Stored]
    revision: int
    next_key: Key | None = None
    remaining: int = 0


class Watch(Protocol):
    """A stream of events of one resource, in the order of revisions, without gaps."""

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event, or None after ``timeout`` seconds (None: wait for ever) or when closed.

        Raises `errors.Compacted` if the watcher was too slow and events are gone."""
        ...

    @property
    def revision(self) -> int:
        """All events up to this revision have been delivered (for bookmarks)."""
        ...

    def close(self) -> None:
        """End the stream; wakes a waiting `next`."""
        ...


class Store(Protocol):
    """Objects by key. Every write gets a revision of its own, greater than all before; an acknowledged write is durable
    (as far as the backend has a disk)."""

    @property
    def revision(self) -> int:
        """The revision of the newest write."""
        ...

    def create(self, key: Key, obj: Object) -> Stored:
        """Store a new object; raises `errors.Conflict` if the key exists. ``obj`` belongs to the store afterwards."""
        ...

    def get(self, key: Key) -> Stored | None:
        """The newest state, or None."""
        ...

    def list(
        self,
        resource: str,
        namespace: str = "",
        *,
        limit: int = 0,
        after: Key | None = None,
        revision: int = 0,
    ) -> Page:
        """A snapshot of a resource (of one namespace or, empty, all), at ``revision`` (0: newest), from after ``after``.

        Raises `errors.Compacted` if that revision is gone."""
        ...

    def update(self, key: Key, obj: Object, *, expected: int) -> Stored:
        """Replace the object if its revision is still ``expected``; raises `errors.Conflict` otherwise (also when it is
        gone)."""
        ...

    def delete(self, key: Key, *, expected: int) -> Stored:
        """Remove the object if its revision is still ``expected``; raises `errors.Conflict` otherwise. The answer is the
        last state at the revision of the deletion."""
        ...

    def watch(self, resource: str, namespace: str = "", *, since: int) -> Watch:
        """Events after revision ``since`` (0: from now on). Raises `errors.Compacted` if they are gone."""
        ...

    def subscribe(self, resource: str, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``callback`` for each event of a resource ("" = every resource), synchronously, in order, before the write
        is acknowledged; the answer ends the subscription. For indexes (RBAC, Node graph): must be quick, must not write."""
        ...

    def compact(self, revision: int) -> None:
        """Forget history before ``revision``."""
        ...

    def count(self, resource: str) -> int:
        """How many objects of a resource there are."""
        ...

    def resources(self) -> Iterator[str]:
        """The resources that have objects."""
        ...

    def close(self) -> None:
        """Flush and release; further calls are errors."""
        ...
