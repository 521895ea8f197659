"""What the handlers work with, and the target of one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubegate.api.catalog import Resource, Subresource
from kubegate.api.names import GroupVersionKind, Object
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response
from kubegate.apiserver.rest.parts import Call, Parts
from kubegate.selectors.field_labels import FieldLabels

Decode = Callable[[bytes, str, GroupVersionKind, str], "tuple[Object, list[str]]"]
"""(body, media type, expected kind, fieldValidation) -> (object, warnings); raises StatusError."""


class Patcher(Protocol):
    """Applies a patch document to the current object (None: apply creates it)."""

    def patch(
        self, media_type: str, body: bytes, resource: Resource, subresource: str, current: Object | None, call: Call
    ) -> Object: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What the path names: a collection (no name), an object, or a subresource; ``rest`` is what follows a subresource."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: Subresource | None = None
    rest: str = ""
    watch: bool = False


Endpoint = Callable[["Api", Exchange, Target], Response]
"""Answers one method of one resource or subresource."""


@dataclass(frozen=True, slots=True)
class Api:
    """The resource API.

    ``virtual`` holds resources that store nothing, by (group, resource); ``subresources`` the subresources that are more
    than a view of the object, by (resource key or "*", subresource): each maps an HTTP method to its endpoint.
    """

    parts: Parts
    decode: Decode
    patcher: Patcher
    tables: Callable[[Resource, list[Object], str, bool], Object]
    """(resource, objects, includeObject, with column definitions) -> Table without list metadata."""
    virtual: Mapping[tuple[str, str], Mapping[str, Endpoint]] = field(default_factory=dict)
    subresources: Mapping[tuple[str, str], Mapping[str, Endpoint]] = field(default_factory=dict)
    field_labels: Callable[[Resource], FieldLabels | None] = lambda resource: None
    stopping: Callable[[], bool] = lambda: False

    def subresource_endpoints(self, target: Target) -> Mapping[str, Endpoint] | None:
        """The special endpoints of a subresource, or None if it is a plain view of the object."""
        if target.subresource is None:
            return None
        name = target.subresource.name
        return self.subresources.get((target.resource.key, name)) or self.subresources.get(("*", name))


def call_of(exchange: Exchange, target: Target, options: Object, manager: str, *, subresource: str | None = None) -> Call:
    """The call that a request makes; it shares the warnings and annotations of the exchange."""
    name = target.subresource.name if target.subresource is not None else ""
    return Call(
        user=exchange.user,
        resource=target.resource,
        namespace=target.namespace,
        name=target.name,
        subresource=name if subresource is None else subresource,
        options=options,
        dry_run=bool(options.get("dryRun")),
        manager=manager,
        field_validation=str(options.get("fieldValidation") or ""),
        verb=exchange.info.verb,
        warnings=exchange.warnings,
        annotations=exchange.annotations,
    )
