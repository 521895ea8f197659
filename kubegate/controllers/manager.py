"""Runs controllers: events make work, workers do it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Thread

from kubegate.api.status import StatusError
from kubegate.controllers.interface import Context, Controller, Reconciler, Work
from kubegate.controllers.queue import WorkQueue
from kubegate.errors import KubegateError
from kubegate.store.interface import Event, EventType, Store

_LOG = logging.getLogger(__name__)
WORKERS = 2


@dataclass(frozen=True, slots=True)
class _Job:
    controller: str
    work: Work


@dataclass(frozen=True, slots=True)
class _Running:
    descriptor: Controller
    reconciler: Reconciler


class ControllerManager:
    """Several controllers over one queue, with a few threads. ``context_of`` builds what a controller needs."""

    def __init__(self, store: Store, controllers: Sequence[Controller], context_of: Callable[[Controller], Context]) -> None:
        self._store = store
        self._queue: WorkQueue[_Job] = WorkQueue()
        self._running = {c.name: _Running(c, c.build(context_of(c))) for c in controllers}
        self._ends: list[Callable[[], None]] = []
        self._threads = [Thread(target=self._work, name=f"controllers-{n}", daemon=True) for n in range(WORKERS)]

    def start(self) -> None:
        """Look at everything there is, then at what changes."""
        for running in self._running.values():
            for source in running.descriptor.sources:
                self._ends.append(
                    self._store.subscribe(source.resource, self._handler(running.descriptor.name, source.keys))
                )
        for running in self._running.values():
            self._look_at_all(running.descriptor)
        for thread in self._threads:
            thread.start()

    def _handler(self, name: str, keys: Callable[[Event], Iterable[Work]]) -> Callable[[Event], None]:
        def handle(event: Event) -> None:
            for work in keys(event):
                self._queue.add(_Job(name, work))

        return handle

    def _look_at_all(self, controller: Controller) -> None:
        for source in controller.sources:
            resources = [source.resource] if source.resource else list(self._store.resources())
            for resource in resources:
                for stored in self._store.list(resource).items:
                    for work in source.keys(Event(EventType.ADDED, stored)):
                        self._queue.add(_Job(controller.name, work))
        if controller.resync:
            self._queue.add_after(_Job(controller.name, _RESYNC), controller.resync)

    def hurry(self) -> None:
        """The clock was moved: look again at all that waits for a time."""
        self._queue.hurry()

    def stop(self) -> None:
        """End; work that runs is finished first."""
        for end in self._ends:
            end()
        self._queue.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                self._do(job)
            finally:
                self._queue.done(job)

    def _do(self, job: _Job) -> None:
        running = self._running[job.controller]
        if job.work == _RESYNC:
            self._look_at_all(running.descriptor)
            return
        try:
            again = running.reconciler.reconcile(job.work)
        except StatusError as error:
            _LOG.debug("%s %s: %s", job.controller, job.work, error.status.message)
            self._queue.retry(job)
            return
        except (KubegateError, LookupError, TypeError, ValueError, AttributeError):
            # One controller's trouble with one object must not end the others.
            _LOG.exception("%s failed on %s", job.controller, job.work)
            self._queue.retry(job)
            return
        self._queue.forget(job)
        if again is not None:
            self._queue.add_after(job, again)


_RESYNC = Work("*", "*")
