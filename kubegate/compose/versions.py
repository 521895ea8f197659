"""What admission asks of the registry: an object in another version, its defaults, and whether it is valid."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from kubegate.api.catalog import Catalog, Resource
from kubegate.api.field_errors import FieldError
from kubegate.api.names import GroupVersionResource, Object
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.registry.interface import WriteContext
from kubegate.registry.registry import Registry


@dataclass(frozen=True)
class Versions:
    """The versions of all served resources."""

    catalog: Callable[[], Catalog]
    registry_of: Callable[[Resource], Registry | CustomRegistry]

    def convert(self, source: GroupVersionResource, target: GroupVersionResource, obj: Object) -> Object:
        """See `admission.interface.Environment.convert`."""
        registry = self._registry(source)
        made = copy.deepcopy(obj)
        if registry is not None:
            made = registry.from_storage(target, registry.to_storage(source, made))
        made["apiVersion"] = target.api_version
        return made

    def default(self, resource: GroupVersionResource, obj: Object) -> None:
        """See `admission.interface.Environment.default`."""
        registry = self._registry(resource)
        if registry is not None:
            registry.default(resource, obj)

    def validate(self, resource: GroupVersionResource, obj: Object) -> list[FieldError]:
        """See `admission.interface.Environment.validate`."""
        registry = self._registry(resource)
        return [] if registry is None else registry.validate_create(resource, copy.deepcopy(obj), WriteContext())

    def _registry(self, resource: GroupVersionResource) -> Registry | CustomRegistry | None:
        found = self.catalog().resource(resource)
        return None if found is None else self.registry_of(found)
