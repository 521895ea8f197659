"""The contracts of the registry: what a write knows, and what a kind of object defines.

Source: k8s.io/apiserver ``pkg/registry/rest`` (create and update strategies).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from kubegate.admission.interface import Cluster
from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.registry.validation.names import NameRule, dns_subdomain_name

Errors: TypeAlias = list[FieldError]


class ServiceAllocator(Protocol):
    """Hands out cluster IPs and node ports to Services."""

    def allocate(self, service: Object, old: Object | None, *, dry_run: bool) -> Errors:
        """Fill in (and reserve) IP families, cluster IPs and node ports of a valid service, in place."""
        ...


@dataclass(frozen=True, slots=True)
class WriteContext:
    """What is known of the write besides the objects.

    ``cluster`` reads other objects (None: there are none), ``services`` allocates addresses (None: nothing is allocated),
    ``authorizer`` answers what else the writer may do (None: everything). ``request`` is what was asked of it about the
    write itself (None: nobody was asked).
    """

    user: User = field(default_factory=lambda: User("system:apiserver"))
    namespace: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    cluster: Cluster | None = None
    dry_run: bool = False
    services: ServiceAllocator | None = None
    subresource: str = ""
    notices: list[str] = field(default_factory=list)
    """Warnings that preparation finds, for the client beside those of `Registry.warnings`."""
    authorizer: Authorizer | None = None
    request: Attributes | None = None
    gates: Mapping[str, bool] = field(default_factory=dict)
    """The feature gates that were set."""

    @property
    def timestamp(self) -> str:
        """``now`` as objects carry it."""
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _default_nothing(obj: Object) -> None:
    """There is nothing to fill in."""


def _prepare_nothing(obj: Object, context: WriteContext) -> None:
    """There is nothing to prepare."""


def _allocate_nothing(obj: Object, old: Object | None, context: WriteContext) -> Errors:
    return []


def _keep_nothing(obj: Object, old: Object, context: WriteContext) -> None:
    """Nothing of the old object is kept."""


def _valid(obj: Object, context: WriteContext) -> Errors:
    return []


def _valid_update(obj: Object, old: Object, context: WriteContext) -> Errors:
    return []


def _no_warnings(obj: Object, old: Object | None) -> Sequence[str]:
    return ()


Default: TypeAlias = Callable[[Object], None]
Prepare: TypeAlias = Callable[[Object, WriteContext], None]
PrepareUpdate: TypeAlias = Callable[[Object, Object, WriteContext], None]
Validate: TypeAlias = Callable[[Object, WriteContext], Errors]
ValidateUpdate: TypeAlias = Callable[[Object, Object, WriteContext], Errors]
Allocate: TypeAlias = Callable[[Object, Object | None, WriteContext], Errors]
Warn: TypeAlias = Callable[[Object, Object | None], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Subresource:
    """A part of an object that is written on its own (``status``, ``approval`` ...).

    On such a write everything but ``fields`` and what ``metadata`` names is taken from the old object.
    ``metadata`` lists the metadata fields that the write may change.
    """

    fields: tuple[str, ...] = ("status",)
    metadata: tuple[str, ...] = ("labels", "annotations", "ownerReferences", "finalizers", "managedFields")
    prepare: PrepareUpdate = _keep_nothing
    validate: ValidateUpdate = _valid_update


@dataclass(frozen=True, slots=True)
class Strategy:
    """What the server does with one kind of object.

    ``has_status`` tells whether there is a status that ordinary writes do not touch; ``initial_status`` is its value
    after a create; ``generation`` names the fields (``spec``, ``metadata.annotations``) whose change raises
    ``metadata.generation`` (empty: the kind has no generation). The functions see the version of the object that the
    registry calls its hub.
    """

    resource: str
    namespaced: bool = True
    name: NameRule = dns_subdomain_name
    has_status: bool = False
    initial_status: Callable[[], Object] = dict
    generation: tuple[str, ...] = ()
    first_generation: int | None = 1
    """That of a new object; None: the first change makes it 1."""
    default: Default = _default_nothing
    prepare: Prepare = _prepare_nothing
    validate: Validate = _valid
    prepare_update: PrepareUpdate = _keep_nothing
    validate_update: ValidateUpdate = _valid_update
    warnings: Warn = _no_warnings
    subresources: dict[str, Subresource] = field(default_factory=dict)
    settle: Prepare = _prepare_nothing
    """What a valid new object gets when it is read back from the store."""
    allocate: Allocate = _allocate_nothing
    """What the server hands out before it validates; its complaints hide all others."""
    metadata_first: bool = True
    """Whether complaints about metadata stand before those about the rest."""
