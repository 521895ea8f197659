"""``metadata.managedFields`` of writes, and server-side apply, with the kinds' shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kubegate.api.apply.manager import Writer, reset_fields, track_update
from kubegate.api.apply.shape import Shape
from kubegate.api.catalog import Resource
from kubegate.api.names import GroupVersionKind, Object
from kubegate.apiserver.rest.parts import timestamp


@dataclass(frozen=True, slots=True)
class ManagedFields:
    """Implements `rest.parts.FieldManagement`. ``shape_of`` gives the shape of custom resources (None: built-in)."""

    now: Callable[[], datetime]
    shape_of: Callable[[Resource], Shape | None] = lambda resource: None

    def writer(self, resource: Resource, subresource: str, manager: str, kind: GroupVersionKind | None = None) -> Writer:
        """Who writes, as what."""
        own = kind is None or kind == resource.kind
        return Writer(
            gvk=resource.kind if kind is None else kind,
            name=manager,
            now=timestamp(self.now()),
            subresource=subresource,
            ignored=reset_fields(
                subresource,
                has_status="status" in resource.subresources,
                resource=resource.gvr.qualified,
                custom=resource.custom,
            ),
            shape=self.shape_of(resource) if own else None,
        )

    def update(
        self,
        resource: Resource,
        subresource: str,
        live: Object | None,
        obj: Object,
        manager: str,
        kind: GroupVersionKind | None = None,
    ) -> None:
        """See `FieldManagement.update`."""
        track_update(live, obj, self.writer(resource, subresource, manager, kind))
