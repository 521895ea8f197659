"""The status of ResourceQuotas (``resourcequota-controller``): counted anew when something goes away.

What is created is charged by admission, with the write. Source: kubernetes ``pkg/controller/resourcequota``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from kubegate.admission.quota.recount import status_of
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import deleting
from kubegate.store.interface import Event, EventType

RESOURCE = "resourcequotas"
RESYNC = 300.0
"""Seconds between full recounts, as the real one's."""

_CHANGING = frozenset({"pods", "services", "persistentvolumeclaims"})
"""Resources whose objects consume another amount when they change."""


class Quotas:
    """The reconciler; work without a name stands for all quotas of the namespace."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        if work.name:
            quota = self._context.get(RESOURCE, work.namespace, work.name)
            found = [quota] if quota is not None else []
        else:
            found = list(self._context.list(RESOURCE, work.namespace))
        for quota in found:
            if not deleting(quota):
                self._sync(quota)
        return None

    def _sync(self, quota: Object) -> None:
        status = status_of(quota, self._context, self._context.now())
        if status != (quota.get("status") or {}):
            path = f"/api/v1/namespaces/{namespace_of(quota)}/resourcequotas/{name_of(quota)}/status"
            self._context.client.update(path, {**copy.deepcopy(quota), "status": status})


def _freed(event: Event) -> Iterable[Work]:
    """The namespace of what went away or may consume less."""
    key = event.stored.key
    changed = event.type is EventType.MODIFIED and key.resource in _CHANGING
    if key.namespace and key.resource != RESOURCE and (changed or event.type is EventType.DELETED):
        yield Work(key.namespace, "")


CONTROLLER = Controller(
    "resourcequota-controller", "resourcequota-controller", (Source(RESOURCE), Source("", _freed)), Quotas, resync=RESYNC
)
