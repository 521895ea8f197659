"""How served versions relate to the version that is stored and validated (the hub), where they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubegate.api.names import GroupVersionResource, Object
from kubegate.registry.core.events import to_core_event, to_new_event
from kubegate.registry.registry import Conversion


def renamed(api_version: str) -> Callable[[Object], Object]:
    """The same object under another version."""

    def convert(obj: Object) -> Object:
        return {**obj, "apiVersion": api_version}

    return convert


CONVERSIONS: Mapping[GroupVersionResource, Conversion] = {
    GroupVersionResource("events.k8s.io", "v1", "events"): Conversion(to_core_event, to_new_event),
}
