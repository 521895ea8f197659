"""Watch: the initial state, then every change that concerns the selection.

Source: k8s.io/apiserver ``storage/cacher`` and ``endpoints/handlers/watch``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.rest.list_options import ListOptions, revision_complaint
from kubegate.apiserver.rest.parts import Parts
from kubegate.apiserver.rest.selection import Selection
from kubegate.errors import Compacted, StoreError
from kubegate.store.interface import Event, EventType, Stored, Watch

_BOOKMARK_EVERY = 60.0
_LOOK_UP_EVERY = 1.0
"""How often a quiet watch looks whether its client is still there."""
_DEFAULT_TIMEOUT = 1800.0


@dataclass(frozen=True, slots=True)
class Change:
    """One event for the client: ``stored`` for ADDED, MODIFIED and DELETED, ``object`` for BOOKMARK and ERROR.

    ``revision``: shown instead of the object's own (what left the selection is shown as it was before, at the revision of
    the change)."""

    type: str
    stored: Stored | None = None
    object: Object | None = None
    revision: int = 0


def watch(
    parts: Parts,
    resource: Resource,
    namespace: str,
    selection: Selection,
    options: ListOptions,
    ended: Callable[[], bool],
) -> Iterator[Change]:
    """The changes, until the timeout or until ``ended`` says so. The stream begins before this returns."""
    namespace = namespace if resource.namespaced else ""
    if (complaint := revision_complaint(options.revision_text)) is not None:
        raise StatusError(statuses.invalid(resource.gvr.group, resource.gvr.resource, selection.name, [complaint]))
    revision = options.revision
    initial: list[Stored] = []
    announce = False
    if options.send_initial or (options.send_initial is None and revision == 0):
        page = parts.store.list(resource.key, namespace)
        initial = [stored for stored in page.items if selection.matches(stored.object)]
        initial.sort(key=lambda stored: stored.key)
        revision = page.revision
        announce = options.bookmarks and (options.send_initial is True or options.revision_text == "0")
    try:
        stream = parts.store.watch(resource.key, namespace, since=revision or parts.store.revision)
    except Compacted:
        return iter([too_old(revision, parts.store.revision)])
    return _changes(_Stream(parts, resource, stream, selection, options, ended), initial, revision, announce)


def too_old(revision: int, oldest: int) -> Change:
    """410 as an event."""
    status = Status(410, "Expired", f"too old resource version: {revision} ({oldest})")
    return Change("ERROR", object=status.to_object())


@dataclass(slots=True)
class _Stream:
    parts: Parts
    resource: Resource
    source: Watch
    selection: Selection
    options: ListOptions
    ended: Callable[[], bool]

    def bookmark(self, revision: int, *, initial: bool = False) -> Change:
        kind = self.resource.kind
        meta: Object = {"resourceVersion": str(revision)}
        if initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        return Change("BOOKMARK", object={"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta})


def _changes(stream: _Stream, initial: list[Stored], revision: int, announce: bool) -> Iterator[Change]:
    try:
        for stored in initial:
            yield Change("ADDED", stored)
        if announce:
            yield stream.bookmark(revision, initial=True)
        yield from _follow(stream)
    except Compacted:
        yield too_old(stream.source.revision, stream.parts.store.revision)
    except StoreError:
        return  # the store was closed: the server ends
    finally:
        stream.source.close()


def _follow(stream: _Stream) -> Iterator[Change]:
    end = time.monotonic() + (stream.options.timeout or _DEFAULT_TIMEOUT)
    next_bookmark = time.monotonic() + _BOOKMARK_EVERY
    final_bookmark = end - 2 if stream.options.timeout else 0.0
    while (now := time.monotonic()) < end and not stream.ended():
        event = stream.source.next(min(_LOOK_UP_EVERY, end - now))
        if event is not None:
            change = selected(event, stream.selection)
            if change is not None:
                yield change
        elif stream.options.bookmarks and (now >= next_bookmark or 0 < final_bookmark <= now):
            yield stream.bookmark(stream.source.revision)
            next_bookmark, final_bookmark = now + _BOOKMARK_EVERY, 0.0


def selected(event: Event, selection: Selection) -> Change | None:
    """The event as a client with this selection sees it: entering is ADDED, leaving is DELETED; None: not its concern."""
    stored, previous = event.stored, event.previous
    if selection.everything:
        return Change(event.type.value, stored)
    now = event.type is not EventType.DELETED and selection.matches(stored.object)
    before = previous is not None and selection.matches(previous.object)
    if now:
        return Change("MODIFIED" if before else "ADDED", stored)
    if not before or previous is None:
        return None
    return Change("DELETED", stored if event.type is EventType.DELETED else previous, revision=stored.revision)
