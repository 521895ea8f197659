"""PATCH bodies applied to objects: the four patch types behind one method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubegate.api.apply.request import APPLY_PATCH, apply_request
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.patch.apply import Reader, apply_patch
from kubegate.apiserver.field_management import ManagedFields
from kubegate.apiserver.rest.parts import Call, Registry


@dataclass(frozen=True, slots=True)
class ObjectPatcher:
    """Implements `handlers.api.Patcher`. ``reader_of`` reads patched objects of custom resources (None: built-in)."""

    registry_of: Callable[[Resource], Registry]
    fields: ManagedFields
    reader_of: Callable[[Resource], Reader | None] = lambda resource: None

    def patch(
        self, media_type: str, body: bytes, resource: Resource, subresource: str, current: Object | None, call: Call
    ) -> Object:
        """The new object, with defaults; raises StatusError."""
        kind = call.kind
        reader = self.reader_of(resource) if kind == resource.kind else None
        if media_type == APPLY_PATCH:
            obj, warnings = self._apply(body, resource, subresource, current, call, reader)
        else:
            if current is None:
                raise ValueError("only an apply has no current object")
            obj, warnings = apply_patch(media_type, body, current, kind, call.field_validation, reader=reader)
        call.warn(warnings)
        obj = {"kind": kind.kind, "apiVersion": kind.api_version} | {
            key: value for key, value in obj.items() if key not in ("kind", "apiVersion")
        }
        if kind == resource.kind:
            self.registry_of(resource).default(resource.gvr, obj)
        return obj

    def _apply(
        self,
        body: bytes,
        resource: Resource,
        subresource: str,
        current: Object | None,
        call: Call,
        reader: Reader | None,
    ) -> tuple[Object, list[str]]:
        writer = self.fields.writer(resource, subresource, call.manager, call.kind)
        return apply_request(
            body,
            current,
            writer,
            force=bool(call.options.get("force")),
            field_validation=call.field_validation,
            reader=None if reader is None else lambda value: _object(reader, value),
        )


def _object(reader: Reader, value: Any) -> Object:
    return reader(value)[0]
