"""What the resource API is made of, and one call of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from kubegate.admission.interface import Operation, Review
from kubegate.api.catalog import Catalog, Resource
from kubegate.api.field_errors import FieldError
from kubegate.api.identities import RANDOM, Identities
from kubegate.api.names import METADATA_FIELDS, GroupVersionKind, GroupVersionResource, Object
from kubegate.api.schema.decode import as_stored
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.authz.interface import Authorizer
from kubegate.store.interface import Key, Store, Stored


class Admission(Protocol):
    """The admission chain."""

    def mutate(self, review: Review) -> Status | None: ...

    def validate(self, review: Review) -> Status | None: ...


class Registry(Protocol):
    """What a resource's own rules do to an object: defaults, conversion, preparation, validation (see ``registry``)."""

    def default(self, resource: GroupVersionResource, obj: Object) -> None: ...

    def to_storage(self, resource: GroupVersionResource, obj: Object) -> Object: ...

    def from_storage(self, resource: GroupVersionResource, obj: Object) -> Object: ...

    def all_from_storage(self, resource: GroupVersionResource, objects: Sequence[Object]) -> list[Object]: ...

    def prepare_create(self, resource: GroupVersionResource, obj: Object, context: Any) -> None: ...

    def validate_create(self, resource: GroupVersionResource, obj: Object, context: Any) -> list[FieldError]: ...

    def prepare_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: Any
    ) -> None: ...

    def validate_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: Any
    ) -> list[FieldError]: ...

    def warnings(self, resource: GroupVersionResource, obj: Object, old: Object | None) -> list[str]: ...


class FieldManagement(Protocol):
    """Keeps ``metadata.managedFields``: ``live`` None on create; ``obj`` is changed in place; ``kind`` if it is not the
    resource's own."""

    def update(
        self,
        resource: Resource,
        subresource: str,
        live: Object | None,
        obj: Object,
        manager: str,
        kind: GroupVersionKind | None = None,
    ) -> None: ...


Guard = Callable[["Call", Object, "Object | None"], "Status | None"]
"""A rule of one resource about who may write what (RBAC escalation): call, new object, old object or None."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a call needs; built once by the composition root."""

    store: Store
    catalog: Callable[[], Catalog]
    registry_of: Callable[[Resource], Registry]
    admission: Admission
    fields: FieldManagement
    write_context: Callable[[Call], Any]
    authorizer: Authorizer
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    guards: Mapping[str, Guard] = field(default_factory=dict)
    """By storage resource (``roles.rbac.authorization.k8s.io``)."""
    identities: Identities = RANDOM


@dataclass(slots=True)
class Call:
    """One call: who does what to which object, with which options; ``warnings`` and ``annotations`` are collected.

    ``options`` is the CreateOptions, UpdateOptions, PatchOptions or DeleteOptions object of the request, ``verb`` the one
    that it was authorized for ("": the server itself calls).
    """

    user: User
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    options: Object = field(default_factory=dict)
    dry_run: bool = False
    manager: str = "unknown"
    field_validation: str = ""
    verb: str = ""
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Where the object is."""
        return Key(self.resource.key, self.namespace if self.resource.namespaced else "", self.name)

    def warn(self, texts: Iterable[str]) -> None:
        """Add warnings, each once."""
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)

    def review(self, operation: Operation, obj: Object | None, old: Object | None, **more: Any) -> Review:
        """The call as admission sees it."""
        return Review(
            operation=operation,
            kind=self.kind,
            resource=self.resource.gvr,
            user=self.user,
            namespace=self.namespace,
            name=self.name,
            subresource=self.subresource,
            object=obj,
            old_object=old,
            options=self.options,
            dry_run=self.dry_run,
            **more,
        )

    @property
    def kind(self) -> GroupVersionKind:
        """The kind that the request's body is of."""
        if self.subresource and (sub := self.resource.subresources.get(self.subresource)):
            return sub.kind
        return self.resource.kind

    def admit(self, check: Callable[[Review], Status | None], review: Review) -> None:
        """Run one half of admission; collects warnings and annotations, raises the rejection."""
        rejected = check(review)
        self.warn(review.warnings)
        review.warnings.clear()
        for key, value in review.audit.items():
            self.annotations.setdefault(key, value)
        if rejected is not None:
            raise StatusError(rejected)


def shown(parts: Parts, resource: Resource, stored: Stored) -> Object:
    """A stored object in the version of ``resource``; a new dictionary at the top and for the metadata."""
    return shown_all(parts, resource, [stored])[0]


def shown_all(parts: Parts, resource: Resource, items: Sequence[Stored]) -> list[Object]:
    """`shown` of several; a conversion webhook is asked once for all."""
    objects = [stored.object for stored in items]
    if resource.gvr != resource.stored_as or resource.custom:
        names = {"kind": resource.kind.kind, "apiVersion": resource.kind.api_version}
        objects = [{**obj, **names} for obj in parts.registry_of(resource).all_from_storage(resource.gvr, objects)]
    return [{**obj, "metadata": dict(obj["metadata"])} for obj in objects]


def stored_form(parts: Parts, resource: Resource, obj: Object) -> Object:
    """An object of ``resource`` as the store keeps it."""
    made = parts.registry_of(resource).to_storage(resource.gvr, obj)
    if resource.gvr == resource.stored_as:
        return made
    return {**made, "kind": resource.kind.kind, "apiVersion": resource.stored_as.api_version}


def finished(resource: Resource, obj: Object) -> Object:
    """The object as it is stored and shown: a new one, in the API's form and order of fields."""
    if not resource.custom:
        obj = as_stored(resource.kind, obj)
    return {**obj, "metadata": ordered_metadata(obj["metadata"])}


def ordered_metadata(meta: Object) -> Object:
    """The metadata in the order in which the API writes it (messages and streams show it); empty parts are left out."""
    made = {name: value for name in METADATA_FIELDS if (value := meta.get(name)) or value == 0}
    for name in ("labels", "annotations"):
        if name in made:
            made[name] = dict(sorted(made[name].items()))
    return made


def timestamp(moment: datetime) -> str:
    """``metav1.Time``: RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
