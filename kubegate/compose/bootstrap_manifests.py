"""``--bootstrap-manifests``: objects from files that are created at start where they are missing.

They take the way of every request, as an administrator: what admission or validation refuses stops the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kubegate.api.catalog import Catalog
from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.bundle.load import load
from kubegate.compose.internal_client import InternalClient
from kubegate.errors import ConfigurationError

_FIRST = ("CustomResourceDefinition", "Namespace")
"""Kinds that others need."""


def create_manifests(paths: Sequence[str], client: InternalClient, catalog: Callable[[], Catalog]) -> int:
    """Create what is missing; the answer is how many were. ``catalog`` gives the kinds served now: a definition among the
    manifests adds one. Raises `InvalidInput` for files, `ConfigurationError` for objects
    that the server refuses."""
    try:
        return sum(create_object(obj, client, catalog()) for obj in in_order(load(paths).state))
    except ConfigurationError as error:
        raise ConfigurationError(f"bootstrap manifests: {error.message}") from error


def in_order(objects: Iterable[Object]) -> list[Object]:
    """What others need first."""
    return sorted(objects, key=lambda obj: obj.get("kind") not in _FIRST)


def create_object(obj: Object, client: InternalClient, catalog: Catalog) -> bool:
    """False if it is there already. Raises `ConfigurationError` if the server refuses it."""
    kind = kind_of(obj)
    resource = catalog.by_kind(kind)
    named = f"{kind.kind} {name_of(obj)}"
    if resource is None:
        raise ConfigurationError(f'{named}: no kind "{kind.kind}" is served in version "{kind.api_version}"')
    prefix = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}"
    space = f"/namespaces/{namespace_of(obj)}" if resource.namespaced else ""
    try:
        client.create(f"{prefix}{space}/{resource.gvr.resource}", obj)
    except StatusError as error:
        if error.status.reason == "AlreadyExists":
            return False
        raise ConfigurationError(f"{named}: {error.status.message}") from error
    return True
