"""What is asked of the gate: one write, deletion or connection, as URL and body of a request would say it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kubegate.admission.interface import Operation
from kubegate.api.catalog import Resource
from kubegate.api.names import GroupVersionKind, Object


@dataclass(frozen=True, slots=True)
class Request:
    """``object`` is the body (None: there is none); ``options`` are the DeleteOptions, or what a connection is asked for
    (``{"container": "c", "stdin": "true"}``). The object that is changed or deleted is the state's of this name."""

    operation: Operation
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    object: Object | None = None
    options: Object = field(default_factory=dict)

    @property
    def kind(self) -> GroupVersionKind:
        """The kind of the body: that of the subresource where there is one."""
        part = self.resource.subresources.get(self.subresource)
        return part.kind if part is not None else self.resource.kind

    @property
    def own_kind(self) -> bool:
        """Whether the body is of another kind than the object (Scale, Eviction, Binding ...)."""
        return self.kind != self.resource.kind

    @property
    def subject(self) -> Object:
        """What it is about: the body, or as much as is known of the object."""
        if self.object is not None:
            return self.object
        kind, meta = self.resource.kind, {"name": self.name}
        if self.namespace:
            meta["namespace"] = self.namespace
        return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta}
