"""The contract of admission.

A chain of plugins sees each write as a `Review`: first every mutator in order, then (after defaulting and API
validation) every validator in order. The review owns its object: a mutator changes ``review.object`` in place, because
copying a pod for every plugin would cost more than the plugins do. A plugin answers None (admitted) or a `Status`
(rejected); warnings and audit annotations are added to the review.

Source: k8s.io/apiserver ``admission.MutationInterface`` and ``admission.ValidationInterface``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from kubegate.api.catalog import Catalog, builtin
from kubegate.api.field_errors import FieldError
from kubegate.api.identities import RANDOM, Identities
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authz.interface import Authorizer


class Operation(StrEnum):
    """What the request does; DELETE and CONNECT have no new object to change."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(slots=True)
class Reinvocation:
    """Whether the mutators must run a second time because a later one changed what an earlier one saw.

    A mutator sets ``requested``; the chain then runs all mutators once more with ``running`` True. ``memory`` is for the
    plugins that ask (key: the plugin's name). Source: k8s.io/apiserver ``admission.ReinvocationContext``.
    """

    requested: bool = False
    running: bool = False
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """The part of an object of the cluster that a refusal comes from: ``("spec", "validations", 0)`` of a policy."""

    group: str
    kind: str
    namespace: str
    name: str
    steps: tuple[str | int, ...] = ()


@dataclass(slots=True)
class Review:
    """One write request under admission.

    ``kind``/``resource``/``subresource`` are those of the object as the plugins see it; ``name`` is the request's (empty
    on create with generateName); ``object`` is None on DELETE, ``old_object`` on CREATE; ``options`` is the CreateOptions,
    UpdateOptions, PatchOptions or DeleteOptions object; ``update_to_create`` marks a PUT/apply that creates.
    """

    operation: Operation
    kind: GroupVersionKind
    resource: GroupVersionResource
    user: User
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    object: Object | None = None
    old_object: Object | None = None
    options: Object = field(default_factory=dict)
    dry_run: bool = False
    update_to_create: bool = False
    warnings: list[str] = field(default_factory=list)
    audit: dict[str, str] = field(default_factory=dict)
    reinvocation: Reinvocation = field(default_factory=Reinvocation)
    rule: Rule | None = None
    """What a refusal comes from, where the plugin that refuses knows it; for explanations."""

    def is_for(self, qualified: str, *operations: Operation, subresource: str = "") -> bool:
        """True if it is about ``pods`` / ``deployments.apps`` (any version), this subresource, one of these operations."""
        return (
            self.subresource == subresource
            and self.resource.qualified == qualified
            and (not operations or self.operation in operations)
        )

    def warn(self, text: str) -> None:
        """Add a warning for the client (``Warning: 299`` header)."""
        self.warnings.append(text)

    def annotate(self, key: str, value: str) -> None:
        """Add an audit annotation; the first value of a key stays."""
        self.audit.setdefault(key, value)


@runtime_checkable
class Mutator(Protocol):
    """Changes objects."""

    def mutate(self, review: Review) -> Status | None:
        """Change ``review.object`` in place; a Status rejects the request."""
        ...


@runtime_checkable
class Validator(Protocol):
    """Refuses objects."""

    def validate(self, review: Review) -> Status | None:
        """None admits; a Status rejects the request. The object must not be changed."""
        ...


class Cluster(Protocol):
    """What plugins may read (and the few of them that write) of the objects in the cluster, by qualified resource
    (``pods``, ``storageclasses.storage.k8s.io``); objects are in their storage version and must not be changed."""

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        ...

    def list(self, resource: str, namespace: str = "") -> Iterable[Object]:
        """All objects of a resource, of one namespace or (empty) all."""
        ...

    def create(self, resource: str, obj: Object) -> Object:
        """Create as the server itself; raises `StatusError` (AlreadyExists ...)."""
        ...

    def update(self, resource: str, obj: Object) -> Object:
        """Compare-and-swap on ``metadata.resourceVersion`` as the server itself; raises `StatusError` (Conflict ...)."""
        ...


def _renamed(source: GroupVersionResource, target: GroupVersionResource, obj: Object) -> Object:
    return {**obj, "apiVersion": target.api_version}


def _not_defaulted(resource: GroupVersionResource, obj: Object) -> None:
    """Dry runs without a registry fill nothing in."""


def _valid(resource: GroupVersionResource, obj: Object) -> list[FieldError]:
    """Dry runs without a registry find no fault."""
    return []


@dataclass(frozen=True, slots=True)
class Environment:
    """What a plugin is built with: nothing is read from globals."""

    cluster: Cluster
    authorizer: Authorizer
    now: Callable[[], datetime]
    options: Mapping[str, Any] = field(default_factory=dict)
    """Server settings by flag name without dashes in front (``default-not-ready-toleration-seconds``)."""

    catalog: Callable[[], Catalog] = builtin
    """The resources that are served now."""

    convert: Callable[[GroupVersionResource, GroupVersionResource, Object], Object] = _renamed
    """Converts an object from a resource's version to another's; the object given is not changed."""

    default: Callable[[GroupVersionResource, Object], None] = _not_defaulted
    """Fills in what the API fills in, in place."""

    validate: Callable[[GroupVersionResource, Object], list[FieldError]] = _valid
    """What the API has against a new object that somebody who may do everything creates."""

    identities: Identities = RANDOM


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's descriptor: its public name, how to build it, its configuration model, and whether it is on by default.

    ``build(environment, configuration)`` returns an object with ``mutate`` and/or ``validate``; ``configuration`` is an
    instance of ``model`` or None.
    """

    name: str
    build: Callable[[Environment, Any], Mutator | Validator]
    on_by_default: bool = False
    model: type[BaseModel] | None = None
