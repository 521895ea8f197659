"""The facade: everything the API server asks about kinds of objects, by resource.

A kind may be served in several versions. Each has a *hub* version, in which its functions see objects; the facade
converts before and after. The hub is also what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubegate.api.field_errors import FieldError
from kubegate.api.names import GroupVersionResource, Object, metadata
from kubegate.registry.interface import Errors, Strategy, Subresource, WriteContext
from kubegate.registry.metadata import validate_metadata, validate_metadata_update
from kubegate.registry.validation.basics import same
from kubegate.registry.validation.names import path_segment_name

_SYSTEM_METADATA = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "resourceVersion",
    "generation",
    "name",
    "namespace",
    "generateName",
    "selfLink",
)
"""Metadata that a write to a sub-resource takes from the request as it is: they were checked or set before."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one served version of a resource relates to its hub: each function answers the object in the other version,
    and may reuse parts of the one given."""

    to_hub: Callable[[Object], Object]
    from_hub: Callable[[Object], Object]
    default: Callable[[Object], None] | None = None
    """Defaulting of objects of this version (None: that of the hub does)."""
    validate: Callable[[Object, Object | None], Errors] | None = None
    """What this version demands beside the hub, of the object (and the one before) in the hub's form."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Fields that errors about this version name otherwise than the hub does."""

    def complaints(self, about: Errors, hub: Object, old: Object | None) -> Errors:
        """What is wrong with an object of this version, of which the hub says ``about``."""
        found = [replace(error, field=self.fields.get(error.field, error.field)) for error in about]
        return found + (self.validate(hub, old) if self.validate is not None else [])


class Registry:
    """Defaults, preparation, validation, warnings and versions of every kind it has a `Strategy` for.

    ``strategies`` is by qualified resource (``deployments.apps``); ``conversions`` by group, version and resource, for
    the versions that are not the hub. Of other resources (custom ones) only metadata is checked.
    """

    def __init__(
        self,
        strategies: Mapping[str, Strategy],
        conversions: Mapping[GroupVersionResource, Conversion],
    ) -> None:
        self._strategies = dict(strategies)
        self._conversions = dict(conversions)

    def strategy(self, resource: GroupVersionResource) -> Strategy | None:
        """The strategy of a resource; None if the registry does not know it."""
        return self._strategies.get(resource.qualified)

    def default(self, resource: GroupVersionResource, obj: Object) -> None:
        """Fill in what the writer left out, in place; running it again changes nothing."""
        strategy = self._strategies.get(resource.qualified)
        if strategy is None:
            return
        conversion = self._conversions.get(resource)
        if conversion is None:
            strategy.default(obj)
        elif conversion.default is not None:
            conversion.default(obj)
        else:
            hub = conversion.to_hub(obj)
            strategy.default(hub)
            _replace(obj, conversion.from_hub(hub))

    def to_storage(self, resource: GroupVersionResource, obj: Object) -> Object:
        """The object in the version in which it is stored; the object itself if it is in that version."""
        conversion = self._conversions.get(resource)
        return obj if conversion is None else conversion.to_hub(obj)

    def from_storage(self, resource: GroupVersionResource, obj: Object) -> Object:
        """A stored object in the version asked for; the object itself if it is in that version."""
        conversion = self._conversions.get(resource)
        return obj if conversion is None else conversion.from_hub(obj)

    def all_from_storage(self, resource: GroupVersionResource, objects: Sequence[Object]) -> list[Object]:
        """`from_storage` of several."""
        return [self.from_storage(resource, obj) for obj in objects]

    def prepare_create(self, resource: GroupVersionResource, obj: Object, context: WriteContext) -> None:
        """Drop what a writer may not set, and set what the server decides, in place."""
        strategy = self._strategies.get(resource.qualified)
        if strategy is None:
            return
        for key in ("deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata(obj).pop(key, None)
        with _Hub(self._conversions.get(resource), obj) as hub:
            if strategy.has_status:
                hub["status"] = strategy.initial_status()
            if strategy.generation and strategy.first_generation is not None:
                metadata(hub)["generation"] = strategy.first_generation
            strategy.prepare(hub, context)

    def validate_create(self, resource: GroupVersionResource, obj: Object, context: WriteContext) -> list[FieldError]:
        """Everything wrong with a new object. Addresses of services are allocated first, in place."""
        strategy = self._strategies.get(resource.qualified)
        if strategy is None:
            return validate_metadata(metadata(obj), bool(context.namespace), path_segment_name)
        conversion = self._conversions.get(resource)
        with _Hub(conversion, obj) as hub:
            if errors := strategy.allocate(hub, None, context):
                return errors
            meta = metadata(hub)
            about_metadata = validate_metadata(meta, strategy.namespaced, strategy.name)
            about_rest = strategy.validate(hub, context)
            if conversion is not None:
                about_rest = conversion.complaints(about_rest, hub, None)
            errors = about_metadata + about_rest if strategy.metadata_first else about_rest + about_metadata
            errors = errors or validate_metadata(meta, strategy.namespaced, path_segment_name)
            if not errors:
                strategy.settle(hub, context)
            return errors

    def prepare_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: WriteContext
    ) -> None:
        """Take from the old object what this writer may not change, raise the generation, in place."""
        _keep_system_metadata(metadata(obj), metadata(old))
        strategy = self._strategies.get(resource.qualified)
        if strategy is None:
            return
        conversion = self._conversions.get(resource)
        with _Hub(conversion, obj) as hub:
            before = old if conversion is None else conversion.to_hub(old)
            part = strategy.subresources.get(subresource) or (Subresource() if subresource else None)
            if part is not None:
                _keep_all_but(part, hub, before)
                part.prepare(hub, before, context)
            else:
                if strategy.has_status:
                    _keep("status", hub, before)
                strategy.prepare_update(hub, before, context)
            _set_generation(strategy, hub, before)

    def validate_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: WriteContext
    ) -> list[FieldError]:
        """Everything wrong with a changed object."""
        strategy = self._strategies.get(resource.qualified)
        meta, before_meta = metadata(obj), metadata(old)
        errors = validate_metadata(meta, bool(meta.get("namespace")), path_segment_name)
        about_update = validate_metadata_update(meta, before_meta)
        errors += about_update
        if strategy is None:
            return errors
        conversion = self._conversions.get(resource)
        with _Hub(conversion, obj) as hub:
            before = old if conversion is None else conversion.to_hub(old)
            part = strategy.subresources.get(subresource) or (Subresource() if subresource else None)
            if part is None and (complaints := strategy.allocate(hub, before, context)):
                return complaints
            validate = strategy.validate_update if part is None else part.validate
            about_rest = validate(hub, before, context)
            if conversion is not None and part is None:
                about_rest = conversion.complaints(about_rest, hub, before)
            errors += about_update + about_rest if strategy.metadata_first else about_rest + about_update
        return errors

    def warnings(self, resource: GroupVersionResource, obj: Object, old: Object | None) -> list[str]:
        """What the client should know: deprecated fields, likely mistakes."""
        strategy = self._strategies.get(resource.qualified)
        if strategy is None:
            return []
        conversion = self._conversions.get(resource)
        if conversion is not None:
            obj, old = conversion.to_hub(obj), None if old is None else conversion.to_hub(old)
        found: Sequence[str] = strategy.warnings(obj, old)
        return list(dict.fromkeys(found))


class _Hub:
    """The hub version of an object; on leaving, the object takes over what was changed."""

    def __init__(self, conversion: Conversion | None, obj: Object) -> None:
        self._conversion = conversion
        self._object = obj
        self._hub: Object = obj

    def __enter__(self) -> Object:
        if self._conversion is not None:
            self._hub = self._conversion.to_hub(self._object)
        return self._hub

    def __exit__(self, *exception: object) -> None:
        if self._conversion is not None and exception[0] is None:
            _replace(self._object, self._conversion.from_hub(self._hub))


def _replace(obj: Object, new: Object) -> None:
    if obj is not new:
        obj_items = dict(new)
        obj.clear()
        obj.update(obj_items)


def _keep(key: str, obj: Object, old: Object) -> None:
    if key in old:
        obj[key] = old[key]
    else:
        obj.pop(key, None)


def _keep_all_but(part: Subresource, obj: Object, old: Object) -> None:
    for key in set(obj) | set(old):
        if key not in part.fields and key not in ("metadata", "kind", "apiVersion"):
            _keep(key, obj, old)
    meta, old_meta = metadata(obj), metadata(old)
    for key in set(meta) | set(old_meta):
        if key not in part.metadata and key not in _SYSTEM_METADATA and key != "managedFields":
            _keep(key, meta, old_meta)


def _keep_system_metadata(meta: Object, old: Object) -> None:
    """What a writer may leave out or cannot change although it is not an error to try."""
    if not meta.get("uid") and old.get("uid"):
        meta["uid"] = old["uid"]
    if old.get("creationTimestamp"):
        meta["creationTimestamp"] = old["creationTimestamp"]
    if old.get("deletionTimestamp"):
        meta["deletionTimestamp"] = old["deletionTimestamp"]
    if meta.get("deletionGracePeriodSeconds") is None and old.get("deletionGracePeriodSeconds") is not None:
        meta["deletionGracePeriodSeconds"] = old["deletionGracePeriodSeconds"]


def _set_generation(strategy: Strategy, obj: Object, old: Object) -> None:
    """The writer's value never counts; a changed specification raises the old one."""
    meta, generation = metadata(obj), metadata(old).get("generation")
    if strategy.generation and any(not same(_at(obj, key), _at(old, key)) for key in strategy.generation):
        generation = (generation or 0) + 1
    if generation is None:
        meta.pop("generation", None)
    else:
        meta["generation"] = generation


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for key in path.split("."):
        value = (value or {}).get(key)
    return value


__all__ = ["Conversion", "Errors", "Registry"]
